"""What differs between the architectures of Linux: how they are called, booted, and heard."""

from dataclasses import dataclass
from typing import Final

COMMON_CMDLINE: Final = "panic=-1 reboot=t oops=panic unknown_nmi_panic rdinit=/kbis/init"
"""Every oops ends the boot with a whole report; an NMI at the time limit makes a hanging kernel show its stack
(Documentation/admin-guide/kernel-parameters.txt). `rdinit` is the init of the initramfs that kbis makes."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """An architecture, by the name that Kbuild's ARCH has for it.

    Attributes:
        source: Its directory below arch/ (SRCARCH in the top Makefile).
        image: The file to boot, below the build directory.
        targets: What to make for that image.
        emulator: The QEMU program.
        machine: QEMU's machine type.
        console: The serial console's name.
        qemu: More arguments for QEMU.
    """

    source: str
    image: str
    targets: tuple[str, ...]
    emulator: str
    machine: str
    console: str
    qemu: tuple[str, ...] = ()

    @property
    def cmdline(self) -> str:
        """The command line that every boot begins with; `earlycon` would cost bytes and shows nothing more."""
        return f"console={self.console} {COMMON_CMDLINE}"


ARCHITECTURES: Final = {
    "x86_64": Architecture("x86", "arch/x86/boot/bzImage", ("bzImage",), "qemu-system-x86_64", "pc", "ttyS0"),
    "i386": Architecture("x86", "arch/x86/boot/bzImage", ("bzImage",), "qemu-system-i386", "pc", "ttyS0"),
    "arm64": Architecture(
        "arm64",
        "arch/arm64/boot/Image",
        ("Image",),
        "qemu-system-aarch64",
        "virt",
        "ttyAMA0",
        ("-cpu", "max"),
    ),
    "arm": Architecture("arm", "arch/arm/boot/zImage", ("zImage",), "qemu-system-arm", "virt", "ttyAMA0"),
    "riscv": Architecture(
        "riscv", "arch/riscv/boot/Image", ("Image",), "qemu-system-riscv64", "virt", "ttyS0"
    ),
    "powerpc": Architecture("powerpc", "vmlinux", ("vmlinux",), "qemu-system-ppc64", "pseries", "hvc0"),
}
"""Where the image lies is what `make image_name` prints on each of them."""
