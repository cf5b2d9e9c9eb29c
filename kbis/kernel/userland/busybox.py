"""The shell of a guest that kbis furnishes: a static busybox."""

import shutil
from pathlib import Path

from kbis.errors import InfraError, UserError
from kbis.kernel import tools
from kbis.kernel.userland import elf
from kbis.kernel.userland.parts import ELF_MACHINES, Userland


def busybox(userland: Userland, what: str) -> bytes:
    """Read the busybox for a guest: the one given, or the machine's own.

    Args:
        userland: What the guest has, and its architecture.
        what: What needs a shell, for the sentence.

    Raises:
        UserError: the one given is absent, not static, or for another architecture.
        InfraError: none is given and the machine has none that would do.
    """
    if userland.busybox is not None:
        content = _given(userland.busybox)
        why = unfit(content, userland.arch)
        if why is not None:
            raise UserError(
                f"The busybox {userland.busybox} {why}.",
                "Name a static busybox for the guest in [guest] busybox.",
            )
        return content
    return _of_machine(userland.arch, what)


def unfit(content: bytes, arch: str) -> str | None:
    """Say why a program does not run in a bare guest, as the end of a sentence; None when it does."""
    header = elf.read(content)
    if header is None or not header.is_program:
        return "is not an ELF program"
    if header.machine not in ELF_MACHINES[arch]:
        return f"is for another machine (ELF machine {header.machine}), not for {arch}"
    if header.interpreter is not None:
        return f"is not static: it needs {header.interpreter}"
    return None


def _given(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        raise UserError(
            f"The busybox {path} cannot be read: {why.strerror}.", "Mend [guest] busybox."
        ) from why


def _of_machine(arch: str, what: str) -> bytes:
    found = shutil.which("busybox")
    if found is None:
        raise InfraError(f"{what} needs a shell, and there is no busybox.", _hint(arch))
    try:
        content = Path(found).read_bytes()
    except OSError as why:
        raise InfraError(f"{found} cannot be read: {why.strerror}.", _hint(arch)) from why
    wrong = unfit(content, arch)
    if wrong is not None:
        raise InfraError(f"{what} needs a static busybox, and {found} {wrong}.", _hint(arch))
    return content


def _hint(arch: str) -> str:
    return f"{tools.install_hint('busybox')}, or name one for {arch} in [guest] busybox."
