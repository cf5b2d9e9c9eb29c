from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.kernel import emulator
from kbis.kernel.qemu import command_line
from kbis.kernel.recipe import BootRecipe

RECIPE = BootRecipe(memory_mib=32, cmdline="panic=-1 oops=panic", qemu=("-cpu", "max"))


def pairs(command: tuple[str, ...]) -> set[tuple[str, str]]:
    return set(pairwise(command))


def test_the_recipe_is_all_that_the_line_depends_on() -> None:
    command = command_line(RECIPE, "tcg", 7, initrd=True)
    assert command == command_line(RECIPE, "tcg", 7, initrd=True)
    assert command[0] == "qemu-system-x86_64"
    wanted = {
        ("-M", "pc"),
        ("-accel", "tcg"),
        ("-m", "32M"),
        ("-kernel", "kernel"),
        ("-initrd", "initrd"),
        ("-append", "panic=-1 oops=panic"),
        ("-cpu", "max"),
        ("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
    }
    assert wanted <= pairs(command)
    assert "socket,id=monitor,fd=7" in command
    assert {"-no-reboot", "-nodefaults", "-no-user-config", "-S"} <= set(command)


def test_what_the_recipe_does_not_have_is_not_in_the_line() -> None:
    command = command_line(BootRecipe(), "kvm", 3, initrd=False, program="/opt/qemu")
    assert command[0] == "/opt/qemu"
    assert ("-accel", "kvm") in pairs(command)
    assert not {"-initrd", "-append"} & set(command)


def test_a_machine_without_pci_has_no_pci_device() -> None:
    assert "pvpanic-pci" in command_line(RECIPE, "tcg", 3, initrd=False)
    assert "pvpanic-pci" not in command_line(replace(RECIPE, machine="microvm"), "tcg", 3, initrd=False)


def test_the_devices_of_a_pc_are_not_given_to_another_machine() -> None:
    arm = replace(RECIPE, emulator="qemu-system-aarch64", machine="virt")
    assert "-device" not in command_line(arm, "tcg", 3, initrd=False)


def test_the_console_is_where_the_recipe_has_it() -> None:
    def line(console: str) -> set[tuple[str, str]]:
        return pairs(command_line(replace(RECIPE, console=console), "tcg", 3, initrd=False))

    assert ("-serial", "chardev:console") in line("serial")
    assert {("-serial", "null"), ("-device", "isa-debugcon,iobase=0x402,chardev=console")} <= line(
        "debugcon:0x402"
    )
    assert {("-serial", "null"), ("-vga", "std")} <= line("screen")


def test_the_version_of_the_emulator_is_short() -> None:
    assert emulator.version("qemu-system-x86_64").startswith("QEMU ")
    assert len(emulator.version("qemu-system-x86_64")) <= 100


def test_an_emulator_that_does_not_run_is_the_labs_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "qemu-system-x86_64"
    broken.write_text("#!/bin/sh\necho 'libfoo.so: not found' >&2; exit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(InfraError, match=r"does not run: libfoo\.so: not found"):
        emulator.version("qemu-system-x86_64")
