"""The signature of a kernel: a digest of what the machine would execute. Equal signatures mean the same kernel.

For an ELF file these are the sections that are loaded, without the notes (the build id) and without `__bug_table`
(line numbers): measured on Linux 6.1, a comment, a documentation change or a shifted line leaves the rest as it
is. Sizes of zeroed sections count as well, for they decide what an overflow hits.
"""

import hashlib
import mmap
import struct
from pathlib import Path
from typing import IO, cast

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section

NOT_EXECUTED = frozenset({".notes", "__bug_table"})

# Another way of digesting needs another tag, so that signatures of two ways are never equal by accident.
_ELF_TAG = b"kbis-signature-elf/1\n"
_FILE_TAG = b"kbis-signature-file/1\n"

_PIECE = 1024 * 1024


def sign(path: Path) -> bytes:
    """Digest a kernel.

    Args:
        path: An ELF executable (vmlinux), or any other image (bzImage), which is digested as it is.

    Returns:
        A sha256, 32 bytes.

    Raises:
        OSError: the file cannot be read.
    """
    return _of_elf(path) or _of_file(path)


def _of_elf(path: Path) -> bytes | None:
    """The digest of an ELF executable; None for anything else, object files and stripped tables included."""
    digest = hashlib.sha256(_ELF_TAG)
    with path.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
        try:
            # A map, not the file: a damaged offset is then a ValueError, and never an error of the disk.
            elf = ELFFile(cast("IO[bytes]", mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
            if elf["e_type"] not in {"ET_EXEC", "ET_DYN"}:
                return None
            _add(digest, elf["e_machine"], elf["e_entry"], b"")
            loaded = [section for section in elf.iter_sections() if _counts(section)]
            for section in loaded:
                zeroed = section["sh_type"] == "SHT_NOBITS"
                content = b"" if zeroed else _content(section)
                _add(digest, section.name, section["sh_addr"], content, section["sh_size"])
        except (ELFError, ValueError, TypeError, KeyError, AttributeError, OverflowError, MemoryError):
            # pyelftools raises any of these for a damaged table; such a file is digested as it is.
            return None
    return digest.digest() if loaded else None


def _counts(section: Section) -> bool:
    return bool(
        section["sh_flags"] & SH_FLAGS.SHF_ALLOC
        and section["sh_type"] != "SHT_NOTE"
        and section.name not in NOT_EXECUTED
    )


def _content(section: Section) -> bytes:
    content: bytes = section.data()
    if len(content) != section["sh_size"]:
        raise ELFError("a section ends beyond the file")
    return content


def _add(digest: "hashlib._Hash", name: str, address: int, content: bytes, size: int = 0) -> None:
    """Add one item; every length goes first, so that no two lists of items give the same bytes."""
    label = str(name).encode("utf-8", "surrogateescape")
    digest.update(struct.pack("<QQQQ", len(label), address, size, len(content)) + label + content)


def _of_file(path: Path) -> bytes:
    digest = hashlib.sha256(_FILE_TAG)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest()
