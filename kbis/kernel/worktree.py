"""The lab's own worktree of a slot: `checkout` leaves exactly the tree of one revision, whatever was there before.

The user's checkout is never touched. Files that do not change keep their time stamps, so builds stay incremental.
"""

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from kbis.errors import InfraError, UserError
from kbis.kernel.bounded import Output
from kbis.kernel.git import complaint, git
from kbis.kernel.gitfault import explain
from kbis.kernel.process import Finished
from kbis.kernel.slot import Slot, unusable
from kbis.kernel.stale import remove_stale

# builtin/worktree.c writes this reason while it makes a worktree; left behind, it means that git was killed.
_HALF_MADE = "initializing"

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def checkout(slot: Slot, revision: str, tree: str | None = None) -> Path:
    """Make the slot's worktree hold the tree of a revision, and nothing else.

    Args:
        slot: A slot that this process holds.
        revision: A full object name of a commit, in hex.
        tree: The object name of the tree to hold in place of the revision's own, such as one with patches.

    Returns:
        The directory of the worktree.

    Raises:
        UserError: the revision is not in the repository, or the worktree is locked by `git worktree lock`.
        InfraError: the disk is full, an object cannot be fetched, or git failed otherwise.
    """
    if not _OBJECT_NAME.fullmatch(revision):
        raise UserError(
            f"{revision!r} is not a full commit id.", "Give the 40 hex digits that git rev-parse prints."
        )
    slot.secure()
    admin = _ready(slot, revision)
    failed = _switch(slot, admin, revision, tree)
    if failed is not None:
        explain(slot, revision, failed)
        # What is wrong with the worktree is not known, so a new one is made; once.
        failed = _switch(slot, _make(slot, revision), revision, tree)
    if failed is not None:
        raise InfraError(
            f"git could not check out {revision[:12]}: {complaint(failed)}.",
            f"Delete {slot.directory} and run the command again; `git fsck` checks the repository.",
        )
    return slot.source


@dataclass(frozen=True, slots=True)
class _Registration:
    """What git keeps of a linked worktree (gitrepository-layout(5), `worktrees/<id>/`)."""

    admin: Path
    lock_reason: str | None


def _ready(slot: Slot, revision: str) -> Path:
    known = _registration(slot)
    if known is not None and known.lock_reason not in {None, _HALF_MADE}:
        why = f" ({known.lock_reason})" if known.lock_reason else ""
        raise UserError(
            f"The worktree {slot.source} is locked{why}.",
            "Unlock it: "
            + shlex.join(["git", "-C", str(slot.git_dir), "worktree", "unlock", str(slot.source)]),
        )
    if known is None or known.lock_reason is not None or not _is_whole(slot, known.admin):
        return _make(slot, revision)
    for lock in known.admin.glob("*.lock"):
        remove_stale(lock)
    return known.admin


def _registration(slot: Slot) -> _Registration | None:
    for admin in slot.git_dir.glob("worktrees/*"):
        if _points_to(admin / "gitdir", slot.source / ".git"):
            reason = admin / "locked"
            return _Registration(
                admin, reason.read_text("utf-8", "replace").strip() if reason.exists() else None
            )
    return None


def _is_whole(slot: Slot, admin: Path) -> bool:
    """Say whether both halves of a worktree are there and name each other."""
    return (
        _points_to(slot.source / ".git", admin)
        and (admin / "HEAD").is_file()
        and (admin / "commondir").is_file()
    )


def _points_to(pointer: Path, target: Path) -> bool:
    try:
        path = pointer.read_text("utf-8", "surrogateescape").removeprefix("gitdir: ").rstrip("\n")
        # git 2.48 can write relative paths (worktree.useRelativePaths).
        return (pointer.parent / path).resolve() == target.resolve()
    except (OSError, ValueError):
        return False


def _make(slot: Slot, revision: str) -> Path:
    """Make the worktree anew, without files yet."""
    try:
        if slot.source.is_symlink() or slot.source.is_file():
            slot.source.unlink()
        elif slot.source.exists():
            shutil.rmtree(slot.source)
        slot.directory.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise unusable(slot.source, why) from why
    # The second --force replaces the registration of a worktree that git itself left locked, half-made.
    options = ["--force", "--force", "--detach", "--no-checkout"]
    made = git(
        ["worktree", "add", *options, str(slot.source), revision],
        git_dir=slot.git_dir,
        held=[slot.descriptor],
    )
    known = _registration(slot)
    if made.status != 0 or known is None:
        explain(slot, revision, made)
        raise InfraError(
            f"git could not make the worktree {slot.source}: {complaint(made)}.",
            "Check that you may write in the repository's git directory.",
        )
    return known.admin


def _switch(slot: Slot, admin: Path, revision: str, tree: str | None) -> Finished | None:
    """Check out and clean; return the git command that failed, if one did.

    A patched tree goes in at one stroke: by way of the revision's own, every patched file would get a new time stamp,
    and all that includes it would be compiled again.
    """
    taken = (
        [["checkout", "--quiet", "--force", "--detach", revision, "--"]]
        if tree is None
        else [["read-tree", "--reset", "-u", tree], ["update-ref", "--no-deref", "HEAD", revision]]
    )
    for arguments in (*taken, ["clean", "-ffdxq"]):
        try:
            done = git(arguments, git_dir=admin, work_tree=slot.source, held=[slot.descriptor])
        except InfraError:
            if slot.source.is_dir():
                raise
            # Deleted between two commands.
            return Finished(status=128, output=Output(), duration_ns=0, timed_out=False)
        if done.status != 0:
            return done
    return None
