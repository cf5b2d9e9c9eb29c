"""What a worker calls itself in claims: no two that may run at once have one name."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from kbis.errors import InfraError
from kbis.log.lock import exclusive
from kbis.run.session import Session

CLONE = Path("kbis") / "clone"
"""Holds this clone's own random name, below the git directory: a host may have several clones. Beside it stand the
file's own inode and the machine it was made on, so that a copy is known for one."""

MACHINE_ID = Path("/etc/machine-id")
"""Names one installed system; the setup of a cloned virtual machine makes a new one (machine-id(5))."""


def worker_name(
    session: Session, slot: int, tell: Callable[[str], None], machine_id: Path = MACHINE_ID
) -> str:
    """Return the machine's name with the clone's and, for the second slot and on, the slot's.

    Args:
        session: The repository.
        slot: The slot the worker works in.
        tell: Is told when the clone gets a new name.
        machine_id: The file that names this machine.

    Raises:
        InfraError: the name cannot be kept.
    """
    path = session.repository.directory / CLONE
    try:
        own, copied = _own_name(path, _digest(machine_id))
    except OSError as why:
        raise InfraError(
            f"The name of this clone cannot be kept in {path}: {why.strerror}.",
            "Check rights and free space.",
        ) from why
    name = f"{session.config.machine[:80]}/{own}"
    if copied:
        tell(
            f"This clone is a copy of another one, or was moved here; in claims it is called {name} from now on."
        )
    return f"{name}:{slot}" if slot else name


def _own_name(path: Path, machine: str) -> tuple[str, bool]:
    """Return the clone's name, and whether it is a new one because the file is a copy of another clone's."""
    with (
        exclusive(path.with_suffix(".lock")),
        os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+") as file,
    ):
        here = [str(os.fstat(file.fileno()).st_ino), machine]
        name, *made = file.read().split() or [""]
        if name and made == here:
            return name, False
        new = os.urandom(3).hex()
        # Written in place: another file would have another inode.
        file.seek(0)
        file.truncate()
        file.write(" ".join([new, *here]) + "\n")
        return new, bool(name)


def _digest(machine_id: Path) -> str:
    with suppress(OSError):
        return sha256(machine_id.read_bytes()).hexdigest()[:16]
    return "-"
