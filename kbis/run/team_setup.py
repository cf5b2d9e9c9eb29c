"""`kbis init`: the settings that let plain git work with a shared log, and their removal.

What was set is recorded below the git directory, with a copy of the configuration as it was before: as long as
nobody else has changed that file since, `kbis init --undo` puts back the very same bytes.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from kbis.errors import InfraError, UserError
from kbis.log.lock import exclusive
from kbis.log.pattern_list import glob
from kbis.log.places import Place, fetch_place
from kbis.log.store import LOG_REF
from kbis.log.usergit import run_git, value_of
from kbis.run.session import Session

RECORD = Path("kbis") / "init.json"
"""What was set and how the configuration was before, below the git directory."""

_LOCK = Path("kbis") / "init.lock"

Setting = tuple[str, str]
"""A name and a value of git's configuration."""


@dataclass(frozen=True)
class Done:
    """What was set or removed, and what the user should know."""

    settings: tuple[Setting, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Record:
    settings: tuple[Setting, ...] = ()
    before: str | None = None
    after: str | None = None


def set_up(session: Session, remote: str | None, directory: Path) -> Done:
    """Set what a team's clone wants, and record it; what the user has set stays.

    Raises:
        UserError: there is no such remote, or none can be chosen.
        InfraError: git refuses a setting.
    """
    place = fetch_place(session.repository, remote, directory, session.config.notes_ref)
    if place.remote is None:
        raise UserError(
            f"{place.name} is not a remote of this repository, so there is nothing that kbis init could set for it.",
            "Make it one with git remote add NAME URL. kbis push and kbis pull take a path or a URL as it is.",
        )
    warnings = [*_lost_on_fetch(session), *_overwritten_on_fetch(session), *_rewritten(session)]
    common = session.repository.directory
    with exclusive(common / _LOCK):
        record = _read(common)
        config = common / "config"
        old = _bytes(config)
        if record.after != _digest(old):
            # Somebody else changed the file: from now on only single settings can be taken back.
            record = replace(record, before=None if record.settings else old.hex())
        made: list[Setting] = []
        for setting, warning in (_merge_strategy(session), _refspec(session, place)):
            if warning:
                warnings.append(warning)
            elif setting is not None:
                _git(session, "config", "--local", "--add", *setting)
                made.append(setting)
        if made:
            settings = (*record.settings, *made)
            _write(common, replace(record, settings=settings, after=_digest(_bytes(config))))
    return Done(tuple(made), tuple(warnings))


def undo_setup(session: Session, remote: str | None = None) -> Done:
    """Remove what `set_up` has set; what was changed since stays as it is.

    Args:
        session: The repository.
        remote: A remote's name, to remove only what was set for it; None to remove all.

    Raises:
        InfraError: git refuses it.
    """
    common = session.repository.directory
    with exclusive(common / _LOCK):
        record = _read(common)
        config = common / "config"
        if remote is not None:
            return _undo_one(session, record, f"remote.{remote}.fetch")
        if record.before is not None and record.after == _digest(_bytes(config)):
            _restore(config, bytes.fromhex(record.before))
            removed = record.settings
        else:
            removed = tuple(each for setting in record.settings for each in _unset(session, setting))
        with suppress(FileNotFoundError):
            (common / RECORD).unlink()
    return Done(removed)


def _undo_one(session: Session, record: _Record, name: str) -> Done:
    """Remove the settings of one name; the record keeps the others."""
    chosen = [each for each in record.settings if each[0] == name]
    removed = tuple(each for setting in chosen for each in _unset(session, setting))
    if chosen:
        common = session.repository.directory
        left = tuple(each for each in record.settings if each not in chosen)
        _write(common, _Record(left, None, _digest(_bytes(common / "config"))))
    return Done(removed)


def _merge_strategy(session: Session) -> tuple[Setting | None, str | None]:
    """Let a bare `git notes merge` keep the lines of both sides (git-notes(1), NOTES MERGE STRATEGIES)."""
    notes_ref = session.config.notes_ref
    name, wanted = f"notes.{notes_ref.removeprefix('refs/notes/')}.mergeStrategy", "cat_sort_uniq"
    there = value_of(session.repository, "config", "--get", name)
    if there is None:
        return (name, wanted), None
    if there != wanted:
        return None, f"{name} is {there} and stays so; git notes merge may lose events, kbis pull does not."
    return None, None


def _refspec(session: Session, place: Place) -> tuple[Setting | None, str | None]:
    """Let a plain `git fetch` bring the notes into the tracking ref."""
    repository, notes_ref = session.repository, session.config.notes_ref
    name = f"remote.{place.remote}.fetch"
    # As a pattern it may match nothing: git fetch must not fail while the remote has no notes.
    wanted = f"+{notes_ref}*:{place.tracking}*"
    there = (value_of(repository, "config", "--get-all", name) or "").splitlines()
    if wanted in there:
        return None, None
    if value_of(repository, "config", "--get", f"remote.{place.remote}.partialCloneFilter"):
        return (
            None,
            f"{place.name} is fetched in part, so git fetch would leave notes out; kbis pull does not.",
        )
    if not there:
        return None, f"{place.name} has no fetch refspec, as in a bare clone; git fetch there stays as it is."
    return (name, wanted), None


def _lost_on_fetch(session: Session) -> Iterator[str]:
    """Warn of mirrors, where a pruning fetch deletes every ref that the remote does not have."""
    found = value_of(session.repository, "config", "--get-regexp", r"^remote\..*\.fetch$") or ""
    for line in found.splitlines():
        name, _, refspec = line.partition(" ")
        target = refspec.removeprefix("+").partition(":")[2]
        if target and not target.startswith("refs/kbis/remotes/") and glob(target, LOG_REF):
            yield (
                f"{name} is {refspec}: a git fetch --prune deletes {LOG_REF}, which is all this clone knows. "
                "Keep no log in a mirror."
            )


def _overwritten_on_fetch(session: Session) -> Iterator[str]:
    """Warn of refspecs that let a plain fetch put the published ref where the remote has it."""
    notes_ref = session.config.notes_ref
    found = value_of(session.repository, "config", "--get-regexp", r"^remote\..*\.fetch$") or ""
    for line in found.splitlines():
        name, _, refspec = line.partition(" ")
        if refspec.startswith("+") and glob(refspec.partition(":")[2] or " ", notes_ref):
            yield (
                f"{name} is {refspec}: each git fetch sets {notes_ref} to what the remote has. Nothing is lost, kbis "
                f"puts yours back at its next command; until then git notes shows less."
            )


def _rewritten(session: Session) -> Iterator[str]:
    """Warn where git copies our notes when a commit is amended or rebased (git-notes(1), notes.rewriteRef)."""
    notes_ref = session.config.notes_ref
    patterns = (value_of(session.repository, "config", "--get-all", "notes.rewriteRef") or "").splitlines()
    for pattern in patterns:
        if glob(pattern, notes_ref):
            yield (
                f"notes.rewriteRef is {pattern}: git commit --amend and git rebase copy events to other commits. "
                "Such copies never count."
            )


def _git(session: Session, *arguments: str) -> None:
    ended = run_git(session.repository, arguments)
    if ended.status != 0:
        raise InfraError(
            f"git could not change the configuration of {session.repository.directory}: {ended.err.strip()}.",
            "Look for a config.lock that was left over there, and at your rights.",
        )


def _unset(session: Session, setting: Setting) -> Iterator[Setting]:
    """Remove a setting, and yield it under the name that it has now: git remote rename takes a refspec along."""
    name, value = setting
    for each in [name, *(_renamed(session, value) if name.startswith("remote.") else [])]:
        there = (value_of(session.repository, "config", "--local", "--get-all", each) or "").splitlines()
        if value in there:
            _git(session, "config", "--local", "--fixed-value", "--unset-all", each, value)
            yield each, value
            return


def _renamed(session: Session, value: str) -> Iterator[str]:
    lines = value_of(session.repository, "config", "--local", "--get-regexp", r"^remote\..*\.fetch$") or ""
    for line in lines.splitlines():
        name, _, refspec = line.partition(" ")
        if refspec == value:
            yield name


def _read(common: Path) -> _Record:
    try:
        form = json.loads((common / RECORD).read_text())
        settings = tuple((str(name), str(value)) for name, value in form["settings"])
        return _Record(settings, form["before"], form["after"])
    except (OSError, ValueError, KeyError, TypeError):
        return _Record()


def _write(common: Path, record: _Record) -> None:
    # The copy may hold a URL with a password, as the configuration itself does.
    handle = os.open(common / RECORD, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(
            {"settings": record.settings, "before": record.before, "after": record.after}, file, indent=2
        )


def _restore(config: Path, content: bytes) -> None:
    """Replace git's configuration as git does: under its lock, in one move."""
    config = config.resolve()
    lock = config.with_name(f"{config.name}.lock")
    try:
        handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, config.stat().st_mode & 0o777)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        lock.replace(config)
    except OSError as why:
        raise InfraError(
            f"{config} cannot be written: {why.strerror}.",
            f"Look for {lock}, which may be left over, and at your rights.",
        ) from why


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        raise InfraError(f"{path} cannot be read: {why.strerror}.", "Look at your rights.") from why


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
