"""What a recipe for Linux leaves out, by architecture."""

from typing import Any

import pytest

from kbis.kernel.linux.defaults import with_linux_defaults


def boot(arch: str, **said: Any) -> dict[str, Any]:
    filled = with_linux_defaults({"linux": {"arch": arch}, "boot": said})
    table: dict[str, Any] = filled["boot"]
    return table


@pytest.mark.parametrize(
    ("said", "qemu"),
    [
        ({}, ["-cpu", "max"]),
        ({"machine": "virt,gic-version=3"}, ["-cpu", "max"]),
        ({"qemu": ["-device", "virtio-rng-pci"]}, ["-cpu", "max", "-device", "virtio-rng-pci"]),
        ({"qemu": ["-cpu", "cortex-a72"]}, ["-cpu", "cortex-a72"]),
        ({"machine": "raspi3b"}, None),
    ],
)
def test_an_arm64_guest_has_a_64_bit_processor_unless_its_board_has_its_own(
    said: dict[str, Any], qemu: list[str] | None
) -> None:
    """Without -cpu, QEMU's machine "virt" has a cortex-a15, on which an arm64 kernel never says a word."""
    assert boot("arm64", **said).get("qemu") == qemu


def test_the_console_and_the_emulator_are_the_architectures() -> None:
    assert boot("arm64", cmdline="quiet")["cmdline"].startswith("console=ttyAMA0 panic=-1 ")
    assert boot("arm64", cmdline="quiet")["cmdline"].endswith(" quiet")
    assert boot("i386")["emulator"] == "qemu-system-i386"
    assert "qemu" not in boot("i386")


@pytest.mark.parametrize("wrong", [{"qemu": "-s"}, {"machine": 3}, {"cmdline": 5}])
def test_what_is_wrong_is_left_for_the_reader_to_refuse(wrong: dict[str, Any]) -> None:
    assert boot("arm64", **wrong).items() >= wrong.items()
