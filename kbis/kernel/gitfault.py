"""Why git could not check a revision out, where trying again would not help."""

import os
import re
from pathlib import Path

from kbis.errors import InfraError, UserError
from kbis.kernel.git import complaint, git
from kbis.kernel.process import Finished
from kbis.kernel.slot import Slot

FULL_BELOW_BYTES = 16 * 1024 * 1024
"""A disk with less free space counts as full when git could not write."""

_NETWORK = re.compile(rb"promisor remote|could not fetch|unable to access|Could not read from remote")
_FULL = re.compile(rb"No space left on device|Disk quota exceeded")
# entry.c says only this when a file does not fit; the part of it that did fit stays.
_NOT_WRITTEN = re.compile(rb"unable to (?:write|create) ")
_LOST_OBJECT = re.compile(
    rb"unable to read (?:sha1 file|tree)|loose object \w+ .* is corrupt|inflate: data stream"
)


def explain(slot: Slot, revision: str, failed: Finished) -> None:
    """Raise the error that says why git failed, where making the worktree anew would not help."""
    said = failed.output.text()
    if _FULL.search(said) or (_NOT_WRITTEN.search(said) and _is_full(slot.directory)):
        raise InfraError(
            f"The disk is full: {revision[:12]} cannot be checked out in {slot.source}.",
            "Free some space and run the command again.",
        )
    if _NETWORK.search(said):
        raise InfraError(
            f"Revision {revision[:12]} is not complete in this partial clone and could not be fetched: "
            f"{complaint(failed)}.",
            "Check the network and the remote, or fetch everything: git fetch --refetch --no-filter",
        )
    if git(["cat-file", "-e", f"{revision}^{{commit}}"], git_dir=slot.git_dir).status != 0:
        shallow = (slot.git_dir / "shallow").exists()
        raise UserError(
            f"Revision {revision[:12]} is not in this {'shallow ' if shallow else ''}repository.",
            "Get the whole history: git fetch --unshallow" if shallow else "Fetch it: git fetch --all",
        )
    if _LOST_OBJECT.search(said):
        raise InfraError(
            f"Revision {revision[:12]} cannot be read from this repository: {complaint(failed)}.",
            "`git fsck` says what is damaged; fetch it again from a remote.",
        )


def _is_full(directory: Path) -> bool:
    try:
        disk = os.statvfs(directory)
    except OSError:
        return False
    # Some file systems have no fixed number of inodes and say 0 of 0.
    return disk.f_bavail * disk.f_frsize < FULL_BELOW_BYTES or (disk.f_files > 0 and disk.f_favail == 0)
