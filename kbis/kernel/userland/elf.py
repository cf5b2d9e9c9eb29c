"""What the header of an ELF file says: the machine it is for, and whether it needs a dynamic linker (elf(5))."""

import struct
from dataclasses import dataclass

MAGIC = b"\x7fELF"

_PT_LOAD, _PT_INTERP = 1, 3
_EXECUTABLE = {2, 3}  # ET_EXEC, ET_DYN: a static-pie program is one of the latter without an interpreter


@dataclass(frozen=True, slots=True)
class Elf:
    """The header of an ELF program.

    Attributes:
        machine: e_machine.
        interpreter: The dynamic linker that it asks for; None when it is static.
        is_program: Whether it is a program (or shared object), not an object file or a core dump.
        load_bytes: From the lowest to the highest physical address of what is loaded.
        load_end: The highest physical address behind what is loaded, bytes.
    """

    machine: int
    interpreter: str | None
    is_program: bool
    load_bytes: int
    load_end: int


def read(content: bytes) -> Elf | None:
    """Read the header of an ELF file; None when it is none or is damaged."""
    try:
        return _read(content) if content.startswith(MAGIC) else None
    except (struct.error, IndexError, OverflowError):
        return None


def _read(content: bytes) -> Elf:
    wide = content[4] == 2
    order = ">" if content[5] == 2 else "<"
    kind, machine = struct.unpack_from(f"{order}HH", content, 16)
    if wide:
        table, size, count = *struct.unpack_from(f"{order}Q", content, 32), *_two(order, content, 54)
    else:
        table, size, count = *struct.unpack_from(f"{order}I", content, 28), *_two(order, content, 42)
    interpreter, low, high = None, None, 0
    for at in range(table, table + size * count, size or 1):
        if wide:
            part, _, offset, _, physical, filed, memory = struct.unpack_from(f"{order}IIQQQQQ", content, at)
        else:
            part, offset, _, physical, filed, memory = struct.unpack_from(f"{order}IIIIII", content, at)
        if part == _PT_INTERP:
            interpreter = content[offset : offset + filed].rstrip(b"\0").decode("utf-8", "replace")
        if part == _PT_LOAD and memory:
            low = physical if low is None else min(low, physical)
            high = max(high, physical + memory)
    return Elf(machine, interpreter, kind in _EXECUTABLE, high - (low or 0), high)


def _two(order: str, content: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(f"{order}HH", content, at)
    return first, second
