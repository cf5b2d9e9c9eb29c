"""How much memory a guest needs at least, told from its kernel and its archive."""

from pathlib import Path


def needed_memory(image: Path, initrd: Path | None) -> int:
    """The memory without which a kernel cannot start, MiB: a lower bound, so that none is refused that would boot.

    Args:
        image: An ELF kernel, or a bzImage.
        initrd: Its initramfs.
    """
    raise NotImplementedError
