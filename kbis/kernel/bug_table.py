"""`__bug_table`: where Linux keeps what BUG() and WARN() do, and on which line they stand.

The flags decide whether a trap warns, warns once or dies, so they are executed; the line is only printed. An entry is
`struct bug_entry` of include/asm-generic/bug.h: where the trap is, on newer kernels a format, the file's name, the
line, the flags. On x86-64, arm64 and others the pointers are relative, on i386 and arm addresses of four bytes.
"""

import struct
from collections.abc import Callable, Iterable, Sequence

SECTION = "__bug_table"

_LINE_BYTES = 2
_RELATIVE = ("i i H2x", "i 4x i H2x")
_ABSOLUTE = ("I I H2x",)
"""Trap, file and line of the layouts that have a line; the other bytes stay as they are."""

Span = tuple[int, int]
"""Addresses from the first up to and without the second."""


def without_lines(
    table: bytes, address: int, order: str, code: Sequence[Span], data: Sequence[Span]
) -> bytes | None:
    """Return a table with its line numbers zeroed, or None when its layout is not surely known.

    Args:
        table: The section's content.
        address: The address of its first byte.
        order: The byte order, "<" or ">".
        code: What is executable; every trap must lie there.
        data: What is loaded and not executable; every file's name must lie there.
    """
    in_code, in_data = _within(code), _within(data)
    relative = [struct.Struct(order + each) for each in _RELATIVE]
    absolute = [struct.Struct(order + each) for each in _ABSOLUTE]
    fitting = [each for each in relative if _fits(each, table, address, in_code, in_data)]
    fitting += [each for each in absolute if _fits(each, table, None, in_code, in_data)]
    if len(fitting) != 1:
        return None
    layout = fitting[0]
    line = layout.size - 2 * _LINE_BYTES
    zeroed = bytearray(table)
    for byte in range(_LINE_BYTES):
        zeroed[line + byte :: layout.size] = bytes(len(table) // layout.size)
    return bytes(zeroed)


def _fits(
    layout: struct.Struct,
    table: bytes,
    address: int | None,
    in_code: Callable[[int], bool],
    in_data: Callable[[int], bool],
) -> bool:
    """Say whether a table is of a layout; `address` is None where that has addresses in place of distances."""
    if not table or len(table) % layout.size:
        return False
    entries = layout.iter_unpack(table)
    if address is None:
        return all(in_code(trap) and in_data(name) for trap, name, _ in entries)
    file_at = layout.size - 2 * _LINE_BYTES - 4
    starts = range(address, address + len(table), layout.size)
    return all(
        # Older kernels count the name from the entry's start, newer ones from its own field.
        in_code(start + trap) and (in_data(start + file_at + name) or in_data(start + name))
        for start, (trap, name, _) in zip(starts, entries, strict=True)
    )


def _within(spans: Iterable[Span]) -> Callable[[int], bool]:
    # The largest first: nearly every trap is in .text, nearly every name in .rodata.
    ordered = sorted(spans, key=lambda span: span[0] - span[1])
    return lambda address: any(start <= address < end for start, end in ordered)
