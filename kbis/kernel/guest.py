"""The smallest guests worth booting, put together byte by byte: no compiler is needed to try a machine.

A guest is a multiboot image (https://www.gnu.org/software/grub/manual/multiboot/multiboot.html) for a 32-bit PC. It
loads its own segments, turns on paging, installs a handler for page faults, and then runs the steps it was made of.
Steps are i386 machine code; they may use every register but ESP and EBX (the multiboot information).
"""

import struct

LOAD_ADDRESS = 0x100000
"""Where the image lies in memory; the first megabyte holds the firmware."""

FAULTING_ADDRESS = 0x00C00000
"""An address that no page is mapped at: only the first 4 MiB are."""

PAGE_FAULT = 14
NMI = 2

_STACK = LOAD_ADDRESS + 0x80000
_PAGE = 0x1000
_GDT = LOAD_ADDRESS + 2 * _PAGE
_IDT = _GDT + 0x100
_POINTERS = _IDT + 0x100
_CODE = LOAD_ADDRESS + 3 * _PAGE
_CODE_LIMIT = 4 * _PAGE

_CODE_SEGMENT = 0x00CF9A000000FFFF
_DATA_SEGMENT = 0x00CF92000000FFFF
_CODE_SELECTOR = 0x08
_INTERRUPT_GATE = 0x8E00

_MULTIBOOT_MAGIC = 0x1BADB002
_ADDRESSES_GIVEN = 1 << 16

_PRESENT_WRITABLE_4M = 0x83


def say(text: str) -> bytes:
    """Print a text on the first serial port, waiting for the transmitter before each byte."""
    data = text.encode("ascii")
    return b"".join(
        (
            b"\xe8" + struct.pack("<I", len(data)) + data,  # call over the text, which leaves its address
            b"\x5e",  # pop esi
            b"\xb9" + struct.pack("<I", len(data)),  # mov ecx, length
            SEND,
        )
    )


SEND = bytes.fromhex(
    "66bafd03"  # next: mov dx, 0x3fd (line status)
    "eca82074fb"  # wait: in al, dx; test al, 0x20; jz wait
    "66baf803"  # mov dx, 0x3f8 (data)
    "6e"  # outsb
    "e2f0"  # loop next
)
"""Send ECX bytes from ESI."""


def fault() -> bytes:
    """Read from an unmapped address; the page fault handler steps over the read."""
    return b"\xa1" + struct.pack("<I", FAULTING_ADDRESS)  # mov eax, [address]: five bytes


def debug_exit(value: int) -> bytes:
    """End QEMU through isa-debug-exit at port 0xf4, with exit status 2 * value + 1."""
    return b"\xb0" + bytes([value]) + b"\xe6\xf4"  # mov al, value; out 0xf4, al


def halt() -> bytes:
    """Stop for good, interrupts off."""
    return bytes.fromhex("faf4ebfc")  # cli; again: hlt; jmp again


STEP_OVER_FAULT = bytes.fromhex(
    "83c404"  # add esp, 4: drop the error code
    "83042405"  # add dword [esp], 5: the length of the read
    "cf"  # iret
)


def guest(*steps: bytes, handlers: dict[int, bytes] | None = None) -> bytes:
    """Make a bootable image.

    Args:
        steps: What the guest does, in order; after the last one it halts.
        handlers: Code for exceptions, by vector (at most 31); by default page faults are stepped over.

    Returns:
        The image, for QEMU's `-kernel`.
    """
    tables = {PAGE_FAULT: STEP_OVER_FAULT} if handlers is None else handlers
    code = bytearray(_enter_paging() + b"".join(steps) + halt())
    gates = bytearray(32 * 8)
    for vector, handler in tables.items():
        gates[vector * 8 : vector * 8 + 8] = _gate(_CODE + len(code))
        code += handler
    if len(code) > _CODE_LIMIT:
        raise ValueError(f"a guest may have {_CODE_LIMIT} bytes of code, not {len(code)}")

    image = bytearray(_CODE - LOAD_ADDRESS + len(code))
    end = LOAD_ADDRESS + len(image)
    header = (_MULTIBOOT_MAGIC, _ADDRESSES_GIVEN, -(_MULTIBOOT_MAGIC + _ADDRESSES_GIVEN) & 0xFFFFFFFF)
    _put(image, LOAD_ADDRESS, struct.pack("<8I", *header, LOAD_ADDRESS, LOAD_ADDRESS, end, end, _CODE))
    _put(image, LOAD_ADDRESS + _PAGE, struct.pack("<I", _PRESENT_WRITABLE_4M))
    _put(image, _GDT, struct.pack("<3Q", 0, _CODE_SEGMENT, _DATA_SEGMENT))
    _put(image, _IDT, gates)
    _put(image, _POINTERS, struct.pack("<HIHHI", 3 * 8 - 1, _GDT, 0, len(gates) - 1, _IDT))
    _put(image, _CODE, code)
    return bytes(image)


def _enter_paging() -> bytes:
    begin = b"".join(
        (
            b"\xbc" + struct.pack("<I", _STACK),  # mov esp, stack
            b"\x0f\x01\x15" + struct.pack("<I", _POINTERS),  # lgdt
        )
    )
    jump_size = 7
    jump = b"\xea" + struct.pack("<IH", _CODE + len(begin) + jump_size, _CODE_SELECTOR)  # jmp far: load CS
    rest = (
        bytes.fromhex("66b810008ed88ec08ed0"),  # mov ax, 0x10; mov ds, es, ss, ax
        b"\x0f\x01\x1d" + struct.pack("<I", _POINTERS + 8),  # lidt
        b"\xb8" + struct.pack("<I", LOAD_ADDRESS + _PAGE),  # mov eax, page directory
        bytes.fromhex("0f22d8"),  # mov cr3, eax
        bytes.fromhex("0f20e083c8100f22e0"),  # cr4 |= PSE: pages of 4 MiB
        bytes.fromhex("0f20c00d000000800f22c0"),  # cr0 |= PG
    )
    return begin + jump + b"".join(rest)


def _gate(address: int) -> bytes:
    return struct.pack("<HHHH", address & 0xFFFF, _CODE_SELECTOR, _INTERRUPT_GATE, address >> 16)


def _put(image: bytearray, address: int, content: bytes | bytearray) -> None:
    offset = address - LOAD_ADDRESS
    image[offset : offset + len(content)] = content
