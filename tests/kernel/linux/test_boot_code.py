"""The image's own code is part of the kernel's signature; what follows from the packed size is not."""

import subprocess
from pathlib import Path

import pytest

from kbis.kernel.linux.boot_code import with_boot_code

KERNEL = bytes(32)
IMAGE = "arch/x86/boot/bzImage"
UNPACK = "int unpack(int a) { return a + 1; }\n"


def compiled(build: Path, name: str, text: str) -> None:
    place = build / "arch/x86/boot" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    command = ["gcc", "-O1", "-c", "-x", "c", "-", "-o", str(place)]
    subprocess.run(command, input=text.encode(), check=True)


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    source, build = tmp_path / "source", tmp_path / "build"
    (source / "arch/x86/boot").mkdir(parents=True)
    (source / "arch/x86/boot/header.S").write_text("jmp start\n")
    compiled(build, "compressed/misc.o", UNPACK)
    compiled(build, "compressed/piggy.o", "int packed = 1;\n")
    compiled(build, "header.o", "int size = 1;\n")
    return source, build


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compressed/misc.o", UNPACK.replace("+ 1", "+ 2")),
        (
            "compressed/misc.o",
            UNPACK.replace("a + 1", "other(a)").replace("int unpack", "int other(int); int unpack"),
        ),
        ("a20.o", UNPACK),
    ],
    ids=["other code", "another callee", "one more object"],
)
def test_another_unpacker_is_another_kernel(trees: tuple[Path, Path], name: str, text: str) -> None:
    before = with_boot_code(KERNEL, *trees, IMAGE)
    compiled(trees[1], name, text)
    assert with_boot_code(KERNEL, *trees, IMAGE) != before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compressed/misc.o", "/* a comment */\n\n" + UNPACK),
        ("compressed/piggy.o", "int packed = 2;\n"),
        ("header.o", "int size = 2;\n"),
    ],
    ids=["a comment", "the packed kernel", "its size"],
)
def test_what_is_not_its_own_code_leaves_it(trees: tuple[Path, Path], name: str, text: str) -> None:
    before = with_boot_code(KERNEL, *trees, IMAGE)
    compiled(trees[1], name, text)
    assert with_boot_code(KERNEL, *trees, IMAGE) == before


def test_another_header_is_another_kernel(trees: tuple[Path, Path]) -> None:
    before = with_boot_code(KERNEL, *trees, IMAGE)
    (trees[0] / "arch/x86/boot/header.S").write_text("jmp elsewhere\n")
    assert with_boot_code(KERNEL, *trees, IMAGE) != before


def test_an_image_without_code_of_its_own_has_the_kernels_signature(trees: tuple[Path, Path]) -> None:
    assert with_boot_code(KERNEL, *trees, "vmlinux") == KERNEL
    assert with_boot_code(KERNEL, *trees, "arch/arm64/boot/Image") == KERNEL
