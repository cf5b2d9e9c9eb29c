"""The signature of a kernel: a digest of what the machine would execute. Equal signatures mean the same kernel.

For an ELF file these are the segments' places and the sections that are loaded, but for three things that are only
printed: the build id, the line numbers in `__bug_table`, and those in the names of symbols. Measured on Linux 6.1, a
comment, a documentation change or a shifted line leaves the rest as it is. Sizes of zeroed sections count too: they
decide what an overflow hits.
"""

import hashlib
import mmap
import struct
from pathlib import Path
from typing import IO, cast

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection, Section

from kbis.kernel import bug_table, kallsyms

SCHEME = b"kbis-signature-elf/3\n"
"""Another way of digesting needs another tag, so that signatures of two ways are never equal by accident."""

_FILE_TAG = b"kbis-signature-file/1\n"
_SEGMENT = ("p_flags", "p_vaddr", "p_paddr", "p_filesz", "p_memsz")

_NOTE_ALIGNMENT = 4
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
    digest = hashlib.sha256(SCHEME)
    with path.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
        try:
            # A map, not the file: a damaged offset is then a ValueError, and never an error of the disk.
            elf = ELFFile(cast("IO[bytes]", mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
            if elf["e_type"] not in {"ET_EXEC", "ET_DYN"}:
                return None
            _add(digest, elf["e_machine"], elf["e_entry"], b"")
            for segment in elf.iter_segments("PT_LOAD"):
                # The place in the file is not that in memory, and moves with what is not loaded.
                _add(digest, "PT_LOAD", 0, struct.pack("<5Q", *(segment[each] for each in _SEGMENT)))
            loaded = [each for each in elf.iter_sections() if each["sh_flags"] & SH_FLAGS.SHF_ALLOC]
            names = kallsyms.names_of(elf)
            if names is not None:
                _add(digest, "names", 0, names.names)
            for section in loaded:
                content = _executed(section, loaded, elf)
                if names is not None:
                    content = kallsyms.without_names(content, section["sh_addr"], names)
                _add(digest, section.name, section["sh_addr"], content, section["sh_size"])
        except (
            ELFError,
            struct.error,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
            MemoryError,
        ):
            # pyelftools raises any of these for a damaged table; such a file is digested as it is.
            return None
    return digest.digest() if loaded else None


def _executed(section: Section, loaded: list[Section], elf: ELFFile) -> bytes:
    """The content of a section without what is only printed."""
    if section["sh_type"] == "SHT_NOBITS":
        return b""
    content: bytes = section.data()
    if len(content) != section["sh_size"]:
        raise ELFError("a section ends beyond the file")
    if section.name == bug_table.SECTION:
        order = "<" if elf.little_endian else ">"
        code, data = _spans(loaded, executable=True), _spans(loaded, executable=False)
        return bug_table.without_lines(content, section["sh_addr"], order, code, data) or content
    if isinstance(section, NoteSection):
        return _without_build_id(content, section)
    return content


def _spans(sections: list[Section], *, executable: bool) -> list[bug_table.Span]:
    return [
        (each["sh_addr"], each["sh_addr"] + each["sh_size"])
        for each in sections
        if bool(each["sh_flags"] & SH_FLAGS.SHF_EXECINSTR) == executable
    ]


def _without_build_id(content: bytes, section: NoteSection) -> bytes:
    """Notes with the build id zeroed; others are read by who boots the kernel (PVH's entry point)."""
    zeroed = bytearray(content)
    for note in section.iter_notes():
        if note["n_name"] == "GNU" and note["n_type"] == "NT_GNU_BUILD_ID":
            end = note["n_offset"] + note["n_size"] - section["sh_offset"]
            size = len(note["n_descdata"])
            start = end - -(-size // _NOTE_ALIGNMENT) * _NOTE_ALIGNMENT
            zeroed[start : start + size] = bytes(size)
    return bytes(zeroed)


def _add(digest: "hashlib._Hash", name: str, address: int, content: bytes, size: int = 0) -> None:
    """Add one item; every length goes first, so that no two lists of items give the same bytes."""
    label = str(name).encode("utf-8", "surrogateescape")
    digest.update(struct.pack("<QQQQ", len(label), address, size, len(content)) + label)
    digest.update(content)


def _of_file(path: Path) -> bytes:
    digest = hashlib.sha256(_FILE_TAG)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest()
