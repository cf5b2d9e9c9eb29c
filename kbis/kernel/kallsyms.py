"""The kernel's own table of symbols: names are only printed or looked up, and some of them hold line numbers.

An initcall is called `__initcall__kmod_FILE__COUNTER_LINE_FUNCTION` (include/linux/init.h), and with KALLSYMS_ALL its
name is part of the image, packed with all others (scripts/kallsyms.c), so that one inserted comment changes the bytes.
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

NAME_TABLES = (
    "kallsyms_names",
    "kallsyms_markers",
    "kallsyms_seqs_of_names",
    "kallsyms_token_table",
    "kallsyms_token_index",
)
"""Tables that follow from the names alone; the addresses are in others."""

_TOKEN_INDEX_BYTES = 512
"""256 numbers of 16 bits; it may be the last thing in its section, without a symbol behind it."""

_PRINTED_NUMBERS = re.compile(rb"(__initcall__kmod_\w*?__)\d+_\d+_|\.\d+\b")

_TYPES = frozenset({0, 1, 2})
"""Symbols without a type, objects and functions: STT_NOTYPE, STT_OBJECT, STT_FUNC (elf(5))."""


@dataclass(frozen=True, slots=True)
class Names:
    """What of a kernel's own symbol table follows from its names.

    Attributes:
        spans: First and last address (exclusive) of each table.
        names: All names in the order of their addresses, without counters and line numbers.
    """

    spans: tuple[tuple[int, int], ...]
    names: bytes


def names_of(elf: ELFFile) -> Names | None:
    """Find the tables of names in a kernel; None where it has none, or no symbol table to find them by."""
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return None
    strings: bytes = elf.get_section(table["sh_link"]).data()
    by_address: list[tuple[int, bytes]] = []
    for name, value, kind in _symbols(table.data(), elf):
        if kind in _TYPES:
            end = strings.index(b"\0", name)
            by_address.append((value, strings[name:end]))
    by_address.sort()
    starts = {
        name.decode("ascii", "replace"): value for value, name in by_address if name[:9] == b"kallsyms_"
    }
    spans = _spans(starts, sorted({value for value, _ in by_address}))
    if not spans:
        return None
    joined = b"\n".join(name for _, name in by_address)
    return Names(spans, _PRINTED_NUMBERS.sub(rb"\1", joined))


def without_names(content: bytes, address: int, names: Names) -> bytes:
    """Return a section's content with the tables of names zeroed.

    Args:
        content: The section.
        address: Where it lies in memory.
        names: The tables.
    """
    zeroed = bytearray(content)
    for first, last in names.spans:
        start, end = max(first - address, 0), min(last - address, len(content))
        if start < end:
            zeroed[start:end] = bytes(end - start)
    return bytes(zeroed)


def _symbols(content: bytes, elf: ELFFile) -> list[tuple[int, int, int]]:
    """Return offset of the name, value and type of each symbol; pyelftools takes seconds for a kernel's."""
    order = "<" if elf.little_endian else ">"
    if elf.elfclass == 64:
        rows = struct.iter_unpack(f"{order}IBBHQQ", content)
        return [(name, value, info & 15) for name, info, _, _, value, _ in rows]
    rows = struct.iter_unpack(f"{order}IIIBBH", content)
    return [(name, value, info & 15) for name, value, _, info, _, _ in rows]


def _spans(starts: Mapping[str, int], addresses: list[int]) -> tuple[tuple[int, int], ...]:
    following = dict(pairwise(addresses))
    found = []
    for name in NAME_TABLES:
        start = starts.get(name)
        if start is None:
            continue
        end = start + _TOKEN_INDEX_BYTES if name == "kallsyms_token_index" else following.get(start)
        if end is not None:
            found.append((start, end))
    return tuple(found)
