"""What an image executes beside the kernel proper: the code that unpacks it, below arch/*/boot.

The image itself cannot be compared: it holds the kernel packed, with its build id, and numbers that follow from the
packed size. The objects it is linked from do not.
"""

import hashlib
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

SCHEME = b"kbis-signature-linux/1\n"

FROM_SIZE = ("header.o",)
"""Objects that hold the size of what is packed (arch/x86/boot/header.S includes zoffset.h); their source stands in."""

_PACKED = "piggy"
"""What begins the names of the objects that hold the packed kernel."""

_PARTS = 3
"""An image below arch/ARCH/boot has that directory's objects in it."""

_SKIPPED = (".debug", ".comment", ".note", ".rela.debug")


def with_boot_code(kernel: bytes, source: Path, build: Path, image: str) -> bytes:
    """Return the signature of a kernel together with that of its image's own code.

    Args:
        kernel: The signature of vmlinux.
        source: The source tree.
        build: The build directory.
        image: The image, relative to that.

    Returns:
        32 bytes; `kernel` itself where the image has no code of its own.

    Raises:
        OSError: a file cannot be read.
    """
    parts = Path(image).parts
    if parts[:1] != ("arch",) or len(parts) <= _PARTS:
        return kernel
    root = Path(*parts[:_PARTS])
    objects = sorted(
        path
        for path in (build / root).rglob("*.o")
        if not path.name.startswith(_PACKED) and "dts" not in path.relative_to(build).parts
    )
    if not objects:
        return kernel
    digest = hashlib.sha256(SCHEME + kernel)
    for path in objects:
        name = path.relative_to(build)
        written = source / name.with_suffix(".S")
        content = written.read_bytes() if path.name in FROM_SIZE and written.is_file() else _code(path)
        digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return digest.digest()


def _code(path: Path) -> bytes:
    """Return an object's sections without what debuggers read; the whole file where it is no ELF object."""
    with path.open("rb") as file:
        try:
            sections = [
                (each.name, b"" if each["sh_type"] == "SHT_NOBITS" else each.data(), each["sh_size"])
                for each in ELFFile(file).iter_sections()
                if not each.name.startswith(_SKIPPED)
            ]
        except (ELFError, ValueError, KeyError, TypeError, AttributeError):
            return path.read_bytes()
    parts = [f"{name}\0{size}\0{len(content)}\0".encode() + content for name, content, size in sections]
    return b"".join(parts)
