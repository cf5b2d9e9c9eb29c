"""How much memory a guest needs at least, told from its kernel and its archive."""

import struct
from pathlib import Path

from kbis.errors import InfraError, UserError
from kbis.kernel.bounded import MIB
from kbis.kernel.userland import elf

_HEADER_BYTES = 64 * 1024
"""More than the program headers of any kernel, and than the setup header of a bzImage."""

# Documentation/arch/x86/boot.rst: offsets in the setup header.
_MAGIC_AT, _VERSION_AT, _PREFERRED_AT, _INIT_SIZE_AT = 0x202, 0x206, 0x258, 0x260
_HAS_INIT_SIZE = 0x020A

# Documentation/arm64/booting.rst, Documentation/riscv/boot-image-header.rst: the header of an Image.
_IMAGE_MAGICS, _IMAGE_MAGIC_AT, _IMAGE_SIZE_AT = (b"ARM\x64", b"RSC\x05"), 56, 16

_PC = frozenset({3, 62})
"""The ELF machines whose memory begins at address 0."""


def needed_memory(image: Path, initrd: Path | None) -> int:
    """The memory without which a kernel cannot start, MiB: a lower bound, so that none is refused that would boot.

    The kernel and its archive must be in memory at once; a bzImage must have room for being unpacked in place, where
    it is linked to run. Debian's cloud kernel, for which this gives 71 MiB, boots with 72 and not with 64.

    Args:
        image: An ELF kernel, a bzImage, or an Image of arm64 or riscv.
        initrd: Its initramfs.

    Returns:
        The memory in MiB; 0 where the image is of another kind.

    Raises:
        InfraError: a file cannot be read.
    """
    try:
        with image.open("rb") as file:
            head = file.read(_HEADER_BYTES)
        archive = initrd.stat().st_size if initrd is not None else 0
    except OSError as why:
        raise InfraError(f"{why.filename} cannot be read: {why.strerror}.", "Run it again.") from why
    kernel = _kernel_end(head)
    # While it is unpacked, an archive is there twice; unpacked it is no smaller than packed.
    return -(-max(kernel + archive, 2 * archive) // MIB) if kernel else 0


def check_memory(image: Path, initrd: Path | None, memory_mib: int) -> None:
    """Raise `UserError` where a guest's memory is too small for its kernel to start."""
    needed = needed_memory(image, initrd)
    if needed > memory_mib:
        raise UserError(
            f"The kernel with its initramfs needs more than {needed} MiB of memory; the guest has {memory_mib} MiB.",
            f"Set memory in [boot] to {_roomy(needed)} or more, and begin again with kbis start.",
        )


def _kernel_end(head: bytes) -> int:
    """The highest address that the kernel takes while it starts; 0 when it is no kernel that we know."""
    if head.startswith(elf.MAGIC):
        header = elf.read(head)
        if header is None:
            return 0
        return header.load_end if header.machine in _PC else header.load_bytes
    if head[_IMAGE_MAGIC_AT : _IMAGE_MAGIC_AT + 4] in _IMAGE_MAGICS:
        (loaded,) = struct.unpack_from("<Q", head, _IMAGE_SIZE_AT)
        return int(loaded)
    if head[_MAGIC_AT : _MAGIC_AT + 4] != b"HdrS" or len(head) < _INIT_SIZE_AT + 4:
        return 0
    (version,) = struct.unpack_from("<H", head, _VERSION_AT)
    if version < _HAS_INIT_SIZE:
        return 0
    preferred, size = struct.unpack_from("<QI", head, _PREFERRED_AT)
    return int(preferred + size)


def _roomy(needed: int) -> int:
    """A power of two with room for the kernel's own work, MiB."""
    return 1 << max(2 * needed - 1, 255).bit_length()
