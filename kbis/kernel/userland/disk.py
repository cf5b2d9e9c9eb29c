"""How QEMU is given the user's disk image, such that what a guest writes to it is forgotten."""

from pathlib import Path


def disk_arguments(disk: Path, machine: str) -> tuple[str, ...]:
    """QEMU's arguments for a disk with the guest's root file system.

    Args:
        disk: The image, raw or qcow2, told by its magic.
        machine: QEMU's machine type, perhaps with options.

    Raises:
        UserError: it is absent or cannot be read.
    """
    raise NotImplementedError
