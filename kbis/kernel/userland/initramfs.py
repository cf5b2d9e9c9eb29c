"""The archive that the kernel unpacks and starts: kbis's init, the reproducer, and the user's own userland."""

from pathlib import Path

from kbis.kernel.userland.parts import GuestParts


def make_initramfs(parts: GuestParts, cache: Path) -> Path:
    """Make the initramfs of a guest, or find the one made before from the same parts.

    The kernel must be told `RDINIT`, and `root_arguments` of `disk.py` where there is a disk.

    Args:
        parts: What goes in.
        cache: A directory for archives, shared by processes; it is kept within bounds.

    Raises:
        UserError: the reproducer does not compile, is for another machine, needs a userland that is not there, or
            cannot be told what it is; a file of the userland is absent or of the wrong kind.
        InfraError: a compiler, static C library or busybox is missing, or the cache cannot be written.
    """
    raise NotImplementedError
