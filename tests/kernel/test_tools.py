from pathlib import Path

import pytest

from kbis.kernel.tools import PACKAGES, Package, family, install_hint, package_of


def release(directory: Path, text: str) -> Path:
    path = directory / "os-release"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID=debian\n", "Install the package dwarves: sudo apt-get install dwarves"),
        (
            'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
            "Install the package dwarves: sudo apt-get install dwarves",
        ),
        ("NAME=Fedora\nID=fedora\n", "Install the package dwarves: sudo dnf install dwarves"),
        (
            'ID="almalinux"\nID_LIKE="rhel centos fedora"\n',
            "Install the package dwarves: sudo dnf install dwarves",
        ),
        ("ID=arch\n", "Install the package pahole: sudo pacman -S pahole"),
        (
            "ID=nixos\n",
            (
                "Install it (Debian, Fedora, Arch): sudo apt-get install dwarves; "
                "sudo dnf install dwarves; sudo pacman -S pahole"
            ),
        ),
    ],
)
def test_a_missing_tool_is_named_with_the_package_of_this_distribution(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert install_hint("/usr/bin/pahole", release=release(tmp_path, text)) == expected


def test_several_tools_are_one_command_and_a_package_is_named_once(tmp_path: Path) -> None:
    hint = install_hint("ld", "objcopy", "flex", release=release(tmp_path, "ID=debian\n"))
    assert hint == "Install the packages binutils, flex: sudo apt-get install binutils flex"


def test_a_tool_that_nobody_knows_is_named(tmp_path: Path) -> None:
    hint = install_hint("frobnicate", release=release(tmp_path, "ID=debian\n"))
    assert hint == "Install the package that has frobnicate, or put it on PATH."


@pytest.mark.parametrize("text", ["", "ID='half\n", "ID=\n", "rubbish"])
def test_a_strange_release_file_is_no_family(tmp_path: Path, text: str) -> None:
    assert family(release(tmp_path, text)) is None
    assert family(tmp_path / "absent") is None


def test_every_tool_has_a_package_on_each_family() -> None:
    assert all(each.debian and each.fedora and each.arch for each in PACKAGES.values())


@pytest.mark.parametrize(
    ("name", "debian", "fedora", "arch"),
    [
        ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", "gcc-aarch64-linux-gnu", "aarch64-linux-gnu-gcc"),
        (
            "arm-linux-gnueabihf-gcc",
            "gcc-arm-linux-gnueabihf",
            "gcc-arm-linux-gnu",
            "arm-linux-gnueabihf-gcc",
        ),
        (
            "riscv64-linux-gnu-ld",
            "binutils-riscv64-linux-gnu",
            "binutils-riscv64-linux-gnu",
            "riscv64-linux-gnu-binutils",
        ),
        ("openssl/ssl.h", "libssl-dev", "openssl-devel", "openssl"),
        ("gelf.h", "libelf-dev", "elfutils-libelf-devel", "libelf"),
    ],
)
def test_cross_tools_and_headers_have_packages(name: str, debian: str, fedora: str, arch: str) -> None:
    assert package_of(name) == Package(debian, fedora, arch)


def test_what_is_unknown_does_not_hide_what_is_known(tmp_path: Path) -> None:
    hint = install_hint("frobnicate", "flex", release=release(tmp_path, "ID=debian\n"))
    assert hint.startswith("Install the package that has frobnicate")
    assert hint.endswith("sudo apt-get install flex")
