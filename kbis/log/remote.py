"""Fetching the notes of others and pushing ours, by the user's own git; never forced.

What comes in goes to a tracking ref outside refs/notes. It is not the log's before `EventLog.absorb` takes it in.
"""

import random
import re
import time
from contextlib import suppress
from dataclasses import dataclass

import pygit2
from pygit2.enums import ObjectType

from kbis.errors import KbisError, UserError
from kbis.log.blobs import MissingObjectError
from kbis.log.lock import exclusive
from kbis.log.places import Place
from kbis.log.recent import RecentObjects
from kbis.log.refs import PATIENCE_S, RefMovedError, move, tip
from kbis.log.refusal import declined, is_torn, refusal
from kbis.log.repository import Repository
from kbis.log.stale_lock import break_if_stale
from kbis.log.store import LOG_REF
from kbis.log.usergit import LIMIT_S, Ended, run_git

_STREAMED_BYTES = 16 * 1024 * 1024
"""git writes longer blobs to the disk piece by piece (core.bigFileThreshold), and never has them in memory."""

# Each would fetch, change or print something besides the one ref that is asked for.
_FETCH = (
    *("fetch", "--quiet", "--no-progress", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-filter"),
    *("--no-auto-maintenance", "--no-prune", "--no-recurse-submodules", "--no-write-commit-graph"),
    "--no-show-forced-updates",
)
_PUSH = ("push", "--porcelain", "--no-progress", "--no-follow-tags", "--recurse-submodules=no")

_NO_REF = re.compile(r"couldn't find remote ref")
_LOCKED = re.compile(r"cannot lock ref|Unable to create '.*\.lock'")
# One ref that leads nowhere stops every fetch of git's. These two kinds hold nothing that is not in the log too.
_BROKEN_REF = re.compile(r"bad object (refs/kbis/(?:remotes|seen)/\S+)")
# A ref's name may not be the directory of another one (git-check-ref-format(1)).
_CROWDED = re.compile(r"'(refs/[^']+)' exists; cannot create")
_REPAIRS = 10
"""How often to repair what a gc has torn, while it goes on."""

_TRY_AGAIN = re.compile(
    r"\block|failed to update ref|incorrect old value|reference (?:already exists|conflict)|but expected"
)


@dataclass(frozen=True)
class Accepted:
    """The remote has what was pushed; where its ref was before, None when it had none."""

    before: pygit2.Oid | None


@dataclass(frozen=True)
class Rejected:
    """The remote has moved, or is being written to: fetch, unite, push again."""

    reason: str


def fetch(
    repository: Repository,
    place: Place,
    notes_ref: str,
    *,
    interactive: bool = False,
    whole: bool = False,
    limit_s: float = LIMIT_S,
) -> pygit2.Oid | None:
    """Fetch the notes of a place into its tracking ref and return their commit; None when it has none.

    Args:
        repository: Where to.
        place: Where from.
        notes_ref: The published ref.
        interactive: Whether somebody can answer git's questions.
        whole: Ask for everything again, for what is here may be incomplete.
        limit_s: Seconds until git is stopped.

    Raises:
        UserError: there is no such repository, it lets us not in, or its ref is no commit.
        InfraError: it cannot be reached, or does not answer in time.
    """
    refspec = f"+{notes_ref}:{place.tracking}"
    repairs = 0
    with exclusive(repository.directory / "kbis" / f"fetch-{place.digest}.lock"):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            if whole:
                forget(repository, place.tracking)
            tips = [] if whole else _known(repository)
            arguments = [*_settings(place, whole=whole), *_FETCH, *tips, "--", place.argument, refspec]
            ended = run_git(repository, arguments, interactive=interactive, limit_s=limit_s)
            if ended.status == 0 and (there := _commit(repository, place, notes_ref)) is not None:
                return there
            if _NO_REF.search(ended.err):
                forget(repository, place.tracking)
                return None
            if (ended.status == 0 or is_torn(ended)) and repairs < _REPAIRS:
                repairs += 1
                whole = True
                _repair(repository, ended)
            elif _LOCKED.search(ended.err) and time.monotonic() < deadline:
                # No other kbis is fetching into this ref.
                break_if_stale(repository.directory / f"{place.tracking}.lock", repository.directory)
            else:
                raise refusal(place.name, "fetch from", ended, limit_s)
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - jitter, not a secret


def push(
    repository: Repository,
    place: Place,
    notes_ref: str,
    commit: pygit2.Oid,
    *,
    interactive: bool = False,
    limit_s: float = LIMIT_S,
) -> Accepted | Rejected:
    """Push a commit of the log as the notes of a place, if it holds all that is there.

    Raises:
        UserError: there is no such repository, it lets us not in, or it takes no notes.
        InfraError: it cannot be reached, or does not answer in time.
    """
    refspec = f"{commit}:{notes_ref}"
    arguments = [*_settings(place), *_PUSH, "--", place.argument, refspec]
    for _ in range(_REPAIRS):
        ended = run_git(repository, arguments, interactive=interactive, limit_s=limit_s)
        if not is_torn(ended):
            break
        _repair(repository, ended)
    for line in ended.out.splitlines():
        flag, _, rest = line.partition("\t")
        if rest.startswith(f"{refspec}\t"):
            return _answer(place, notes_ref, flag, rest.removeprefix(f"{refspec}\t"), ended, commit)
    raise refusal(place.name, "push to", ended, limit_s)


def track(repository: Repository, place: Place, commit: pygit2.Oid) -> None:
    """Note in the tracking ref that a place has a commit, as the next fetch would; none is kept of a mere URL."""
    if place.remote is None:
        return
    with exclusive(repository.directory / "kbis" / f"fetch-{place.digest}.lock"), suppress(KbisError):
        try:
            before = tip(repository.git, place.tracking)
        except (KeyError, ValueError, pygit2.GitError):
            forget(repository, place.tracking)
            before = None
        if before != commit:
            with suppress(RefMovedError, MissingObjectError, KeyError, ValueError, pygit2.GitError):
                move(repository.git, repository.directory, place.tracking, before, commit)


def forget(repository: Repository, ref: str) -> None:
    """Delete a ref that holds nothing which is not in the log too."""
    with suppress(KeyError, ValueError, OSError, pygit2.GitError):
        repository.git.references.delete(ref)


def _answer(
    place: Place, notes_ref: str, flag: str, summary: str, ended: Ended, commit: pygit2.Oid
) -> Accepted | Rejected:
    """Read one line of git-push(1), OUTPUT."""
    match flag:
        case "=":
            return Accepted(commit)
        case "*":
            return Accepted(None)
        case " ":
            return Accepted(pygit2.Oid(hex=summary.split(".", 1)[0]))
        case _:
            what, _, reason = summary.partition(" (")
            reason = reason.rstrip(")")
            if crowded := _CROWDED.search(ended.err):
                raise UserError(
                    f"{place.name} has a ref {crowded[1]}, which leaves no room for {notes_ref} beside it.",
                    "Its keeper must delete that ref, or all of you choose another name: git config kbis.notesRef.",
                )
            if what == "[rejected]" or _TRY_AGAIN.search(reason):
                return Rejected(reason)
            if what == "[remote failure]" or "unpack" in reason:
                raise refusal(place.name, "push to", ended)
            raise declined(place.name, notes_ref, reason, ended)


def _settings(place: Place, *, whole: bool = False) -> list[str]:
    settings = [f"core.bigFileThreshold={_STREAMED_BYTES}", "core.abbrev=40"]
    if whole:
        settings.append("fetch.negotiationAlgorithm=noop")
    if place.remote is not None:
        # A mirror's push is forced, and takes no single ref.
        settings.append(f"remote.{place.remote}.mirror=false")
    return [word for setting in settings for word in ("-c", setting)]


def _known(repository: Repository) -> list[str]:
    """Tell git what to say that we have: the log alone, of a repository that may have a million commits."""
    with suppress(KeyError, ValueError, pygit2.GitError):
        log = tip(repository.git, LOG_REF)
        if log is not None:
            return [f"--negotiation-tip={log}"]
    return []


def _commit(repository: Repository, place: Place, notes_ref: str) -> pygit2.Oid | None:
    """Return what the tracking ref leads to; None when that is not here, or not any more."""
    try:
        oid = pygit2.Oid(hex=str(repository.git.references[place.tracking].resolve().target))
        # Its header alone: nobody has looked yet at how long it is.
        kind, _ = repository.git.odb.read_header(oid)
    except (KeyError, ValueError, pygit2.GitError):
        return None
    if kind != ObjectType.COMMIT:
        raise UserError(
            f"What {place.name} has as {notes_ref} is a {kind.name.lower()} and not a commit.",
            f"Find out who put it there; here it is {place.tracking}, and nothing of it was taken in.",
        )
    return oid


def _repair(repository: Repository, ended: Ended) -> None:
    """Put back objects that a gc took, and let go of refs that lead nowhere."""
    with suppress(OSError):
        RecentObjects(repository.directory).restore()
    for ref in _BROKEN_REF.findall(ended.err):
        forget(repository, ref)
