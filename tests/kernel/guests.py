"""Steps for guests that misbehave, in i386 machine code; the well-behaved ones are in `kbis.kernel.guest`."""

from kbis.kernel.guest import SEND


def panic_event() -> bytes:
    """Tell QEMU of a panic through the ISA pvpanic device."""
    return bytes.fromhex("b00166ba0505ee")  # mov al, 1; mov dx, 0x505; out dx, al


def triple_fault() -> bytes:
    """Load an empty interrupt table and fault."""
    return bytes.fromhex("6a006a000f011c240f0b")  # push 0; push 0; lidt [esp]; ud2


def keyboard_reset() -> bytes:
    """Pulse the reset line through the keyboard controller, then wait for it to happen."""
    return bytes.fromhex("b0fee664ebfe")  # mov al, 0xfe; out 0x64, al; jmp $


def power_off() -> bytes:
    """Enter S5 through the ACPI registers of the PIIX4 (machine "pc"): map them at 0x600 over PCI first."""
    return bytes.fromhex(
        "66baf80c" "b840 0b0080".replace(" ", "") + "ef"  # mov dx, 0xcf8; mov eax, 0x80000b40 (00:01.3, PMBA); out
        "66bafc0c" "b801060000" "ef"  # mov dx, 0xcfc; mov eax, 0x601; out
        "66baf80c" "b8800b0080" "ef"  # PMREGMISC
        "66bafc0c" "b801000000" "ef"  # enable
        "66ba0406" "66b80020" "66ef"  # mov dx, 0x604 (PM1 control); mov ax, 0x2000 (SLP_EN); out dx, ax
    )  # fmt: skip


def spin() -> bytes:
    """Loop for ever."""
    return bytes.fromhex("ebfe")


def flood() -> bytes:
    """Print the letter x for ever, as fast as the port takes it."""
    return bytes.fromhex("66baf803b078eeebfd")  # mov dx, 0x3f8; mov al, 'x'; again: out dx, al; jmp again


def print_x(count: int) -> bytes:
    """Print the letter x some times."""
    return b"\xb9" + count.to_bytes(4, "little") + bytes.fromhex("66baf803b078eee2fd")


def say_module() -> bytes:
    """Print the first multiboot module."""
    return bytes.fromhex("8b73188b4e048b3629f1") + SEND  # esi = [ebx+24]; ecx = end - start; esi = start


def say_command_line(length: int) -> bytes:
    """Print the first bytes of the multiboot command line."""
    return bytes.fromhex("8b7310") + b"\xb9" + length.to_bytes(4, "little") + SEND  # esi = [ebx+16]
