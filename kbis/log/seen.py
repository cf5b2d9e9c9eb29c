"""What was seen at a place, and whether it is still there: a remote may be rolled back, emptied or rewritten.

`refs/kbis/seen/` holds, for each place, the newest notes that are known to have been there. It moves on only to
notes that contain it; so a rollback is told until somebody's push has mended it.
"""

from contextlib import suppress
from dataclasses import dataclass

import pygit2

from kbis.log.blobs import MissingObjectError
from kbis.log.news import News, news
from kbis.log.places import Place
from kbis.log.refs import RefMovedError, move, tip
from kbis.log.repository import Repository

SEEN = "refs/kbis/seen/"
"""Below it, the digest of a place names the newest notes known to have been there."""

_RACES = 50
"""How often the ref may move under us; then others remember for us."""


@dataclass(frozen=True)
class Rollback:
    """A place no longer has what was there.

    Attributes:
        place: Its name.
        was: The notes commit that was seen there.
        now: What is there instead; None for nothing.
        missing: What is gone from there; it may be nothing, when only the history is another one.
    """

    place: str
    was: pygit2.Oid
    now: pygit2.Oid | None
    missing: News


def last_seen(repository: Repository, place: Place) -> pygit2.Oid | None:
    """Return the newest notes commit that is known to have been at a place; None when none is, or it cannot be read."""
    with suppress(KeyError, ValueError, pygit2.GitError):
        return tip(repository.git, place.seen)
    return None


def find_rollback(
    repository: Repository, place: Place, was: pygit2.Oid | None, now: pygit2.Oid | None
) -> Rollback | None:
    """Compare what is at a place with what was seen there earlier, before the look at it began.

    Raises:
        MissingObjectError: a part of either is not here.
    """
    if was is None or was == now:
        return None
    repo = repository.git
    missing = news(repo, tree_of(repo, now), tree_of(repo, was))
    follows = now is not None and repo.descendant_of(now, was)
    if follows and not missing.events and not missing.attachments:
        return None
    return Rollback(place.name, was, now, missing)


def remember(repository: Repository, place: Place, now: pygit2.Oid) -> None:
    """Record that a notes commit is at a place, unless one that follows it was seen there meanwhile.

    Raises:
        InfraError: the ref cannot be moved.
    """
    repo = repository.git
    for _ in range(_RACES):
        before = last_seen(repository, place)
        if before == now or (before is not None and repo.descendant_of(before, now)):
            return
        with suppress(RefMovedError):
            try:
                move(repo, repository.directory, place.seen, before, now)
            except KeyError:
                # The ref is there and leads nowhere; what it once told is lost.
                repo.references.delete(place.seen)
                continue
            return


def tree_of(repo: pygit2.Repository, commit: pygit2.Oid | None) -> pygit2.Oid | None:
    """Return the tree of a commit; None for none.

    Raises:
        MissingObjectError: the commit is not here.
    """
    try:
        return None if commit is None else repo[commit].peel(pygit2.Commit).tree_id
    except (KeyError, pygit2.GitError) as why:
        raise MissingObjectError(f"the commit {commit} is not here") from why
