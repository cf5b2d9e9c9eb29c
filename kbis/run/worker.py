"""What a worker calls itself in claims: no two that may run at once have one name."""

import os
from pathlib import Path

from kbis.run.session import Session

CLONE = Path("kbis") / "clone"
"""Holds this clone's own random name, below the git directory: a host may have several clones."""


def worker_name(session: Session, slot: int) -> str:
    """Return the machine's name with the clone's and, for the second slot and on, the slot's."""
    path = session.repository.directory / CLONE
    path.parent.mkdir(exist_ok=True)
    try:
        with path.open("x") as file:
            file.write(os.urandom(3).hex() + "\n")
    except FileExistsError:
        pass
    name = f"{session.config.machine[:80]}/{path.read_text().strip()[:6]}"
    return f"{name}:{slot}" if slot else name
