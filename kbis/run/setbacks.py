"""What was here or at a remote once and is not any more, as far as this clone remembers; and taking note of it.

Three things remember: the rollbacks that pulls and pushes have found (`kbis.log.setback`), the newest notes seen at
each place (`refs/kbis/seen`), and the cache of the lines that were verified here. The log itself only grows, so what
they know and it lacks was taken away: both refs were set back, or replaced by older ones.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress

import pygit2

from kbis.log.blobs import MissingObjectError
from kbis.log.cache import VerifiedLines
from kbis.log.eventlog import CACHE
from kbis.log.news import News, news
from kbis.log.refs import tip
from kbis.log.seen import SEEN, tree_of
from kbis.log.setback import setbacks, strike_out
from kbis.log.trouble import Trouble
from kbis.run.session import Session
from kbis.views.plain import SHORT_HEX, plural, when


def verified_once(session: Session) -> set[bytes]:
    """Return the digests of all lines that were ever verified here; to be asked before the log is read."""
    return VerifiedLines(session.repository.directory / CACHE).digests()


def found_setbacks(
    session: Session, tree: pygit2.Oid | None, lines: Collection[bytes], once: Collection[bytes]
) -> Iterator[Trouble]:
    """Yield what is missed.

    Args:
        session: The repository.
        tree: The tree of the log.
        lines: SHA-256 of each event line in it.
        once: The same of each line that was verified before the log was read.
    """
    for each in setbacks(session.repository):
        gone = f", without {plural(each.events, 'event')} that were there" if each.events else ""
        at = f" on {when(1000 * each.found_s)}" if each.found_s else ""
        what = f"it stood at {each.now[:SHORT_HEX]} then" if each.now else "it had no notes then"
        said = f"{each.place} was found set back{at}: {what}{gone}"
        yield Trouble("failure", "rolled back", said)
    for ref, commit, lacks in _seen_elsewhere(session, tree):
        said = (
            f"{plural(len(lacks.events), 'event')} that this clone has seen at a remote ({ref}) are not in its log; "
            f"git update-ref {session.config.notes_ref} {commit} takes them in again"
        )
        yield Trouble("failure", "log set back", said)
    gone_lines = len(set(once) - set(lines))
    if gone_lines:
        said = f"{plural(gone_lines, 'event')} that were verified in this clone are not in its log any more"
        yield Trouble("failure", "log set back", said)


def acknowledge(session: Session) -> Iterator[str]:
    """Take note of all that is missed, so that it is a failure no more; yield a sentence for each thing forgotten.

    Raises:
        UserError: a ref does not hold notes.
        IntegrityError: the log is damaged.
    """
    repository = session.repository
    for each in setbacks(repository):
        strike_out(repository, each.digest)
        _forget(repository.git, SEEN + each.digest)
        yield f"Noted: {each.place} was set back. kbis takes what is there now as it is."
    commit = session.log.absorb(None)
    for ref, _, lacks in _seen_elsewhere(session, tree_of(repository.git, commit)):
        _forget(repository.git, ref)
        yield f"Noted: {plural(len(lacks.events), 'event')} seen at a remote are not in the log."
    VerifiedLines(repository.directory / CACHE).clear()


def _seen_elsewhere(session: Session, tree: pygit2.Oid | None) -> Iterator[tuple[str, pygit2.Oid, News]]:
    """Yield each ref that remembers what a remote had, when that is not all in the log."""
    git = session.repository.git
    for ref in sorted(each for each in git.references if each.startswith(SEEN)):
        # One that leads nowhere tells nothing.
        with suppress(KeyError, ValueError, pygit2.GitError, MissingObjectError):
            commit = tip(git, ref)
            lacks = news(git, tree, tree_of(git, commit))
            if commit is not None and lacks.events:
                yield ref, commit, lacks


def _forget(git: pygit2.Repository, ref: str) -> None:
    with suppress(KeyError, ValueError, pygit2.GitError):
        git.references.delete(ref)
