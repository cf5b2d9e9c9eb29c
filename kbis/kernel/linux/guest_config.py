"""The config that a guest of kbis needs: a serial console that is heard, and an initramfs that is unpacked and run."""

from typing import Final

from kbis.kernel.linux.recipe import LinuxRecipe

_ALWAYS: Final = (
    "BINFMT_ELF",
    "BINFMT_SCRIPT",
    "BLK_DEV_INITRD",
    "DEVTMPFS",
    "PRINTK",
    "PROC_FS",
    "SYSFS",
    "TMPFS",
    "TTY",
)

_CONSOLE: Final = {
    "ttyS0": ("SERIAL_8250", "SERIAL_8250_CONSOLE"),
    "ttyAMA0": ("SERIAL_AMBA_PL011", "SERIAL_AMBA_PL011_CONSOLE"),
    "hvc0": ("HVC_CONSOLE",),
}

_DISK: Final = ("BLK_DEV", "PCI", "VIRTIO_MENU", "VIRTIO_PCI", "VIRTIO_BLK", "EXT4_FS")

_X86: Final = ("X86_IOPL_IOPERM", "PVPANIC", "PVPANIC_PCI")
"""The guest ends through an I/O port, and says that it panicked through a device."""

_BY_DEVICE_TREE: Final = ("SERIAL_OF_PLATFORM", "PCI_HOST_GENERIC")
"""Where QEMU tells the kernel by device tree, an 8250 and the PCI bus of the machine "virt" need drivers for that."""


def guest_config(recipe: LinuxRecipe, *, disk: bool) -> tuple[str, ...]:
    """Return the symbols to set, without the prefix CONFIG_; some may not exist in a given release.

    Args:
        recipe: What is built.
        disk: Whether the guest has a disk image.
    """
    architecture = recipe.architecture
    symbols = [*_ALWAYS, *_CONSOLE[architecture.console]]
    if architecture.source == "x86":
        symbols += _X86
        if recipe.boots == "vmlinux":
            symbols += ["HYPERVISOR_GUEST", "PVH"]  # QEMU starts an ELF file at its PVH note
    else:
        symbols += _BY_DEVICE_TREE
    return (*symbols, *(_DISK if disk else ()))


def needed(recipe: LinuxRecipe) -> frozenset[str]:
    """Return those without which nothing is seen of a boot."""
    console = _CONSOLE[recipe.architecture.console]
    pvh = {"PVH"} if recipe.architecture.source == "x86" and recipe.boots == "vmlinux" else set()
    return frozenset({"BINFMT_ELF", "BLK_DEV_INITRD", "PRINTK", "TTY", console[-1]} | pvh)
