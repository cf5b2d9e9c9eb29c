"""The symbols that a guest of kbis needs, by architecture."""

import pytest

from kbis.kernel.linux.guest_config import guest_config, needed
from kbis.kernel.linux.recipe import LinuxRecipe


@pytest.mark.parametrize(
    ("arch", "console", "port"),
    [
        ("x86_64", "SERIAL_8250_CONSOLE", True),
        ("i386", "SERIAL_8250_CONSOLE", True),
        ("arm64", "SERIAL_AMBA_PL011_CONSOLE", False),
        ("riscv", "SERIAL_8250_CONSOLE", False),
    ],
)
def test_a_guest_is_heard_and_ends_as_its_architecture_can(arch: str, console: str, port: bool) -> None:
    recipe = LinuxRecipe(arch=arch)
    symbols = guest_config(recipe, disk=False)
    assert console in symbols
    assert console in needed(recipe)
    assert ("X86_IOPL_IOPERM" in symbols) is port
    assert ("SERIAL_OF_PLATFORM" in symbols) is not port


def test_the_disk_of_a_machine_with_a_device_tree_is_found_on_its_bus() -> None:
    symbols = guest_config(LinuxRecipe(arch="arm64"), disk=True)
    assert {"PCI", "PCI_HOST_GENERIC", "VIRTIO_PCI", "VIRTIO_BLK"} <= set(symbols)
