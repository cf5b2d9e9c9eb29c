import struct
from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.kernel.image_size import check_memory, needed_memory
from tests.kernel.userland.programs import compiled

MIB = 1024 * 1024


def bzimage(preferred: int, init_size: int, version: int = 0x020F) -> bytes:
    """The setup header of a bzImage, offsets as in Documentation/arch/x86/boot.rst."""
    head = bytearray(1024)
    head[0x202:0x206] = b"HdrS"
    head[0x206:0x208] = struct.pack("<H", version)
    head[0x258:0x264] = struct.pack("<QI", preferred, init_size)
    return bytes(head)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "bzImage"
    path.write_bytes(bzimage(16 * MIB, 53 * MIB + 1))
    return path


def test_a_bzimage_needs_room_to_be_unpacked_where_it_runs(image: Path) -> None:
    assert needed_memory(image, None) == 70


def test_the_initramfs_must_fit_beside_it(image: Path, tmp_path: Path) -> None:
    archive = tmp_path / "initrd"
    archive.write_bytes(bytes(3 * MIB))
    assert needed_memory(image, archive) == 73


def test_a_large_initramfs_is_there_twice_while_it_is_unpacked(image: Path, tmp_path: Path) -> None:
    archive = tmp_path / "initrd"
    with archive.open("wb") as file:
        file.truncate(300 * MIB)
    assert needed_memory(image, archive) == 600


@pytest.mark.parametrize("magic", [b"ARM\x64", b"RSC\x05"], ids=["arm64", "riscv"])
def test_an_image_needs_what_its_header_says(tmp_path: Path, magic: bytes) -> None:
    """Of 41 MiB in memory, zeroed data included, few are in the file."""
    image = tmp_path / "Image"
    image.write_bytes(struct.pack("<IIQQQQQQ4sI", 0, 0, 0, 41 * MIB, 0xA, 0, 0, 0, magic, 0))
    assert needed_memory(image, None) == 41


def test_an_elf_kernel_needs_what_it_loads(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    kernel.write_bytes(compiled(tmp_path, "-static", "-Wl,-Ttext-segment=0x4000000"))
    assert 65 <= needed_memory(kernel, None) <= 70, "it is linked to run at 64 MiB"


@pytest.mark.parametrize(
    "content", [b"", b"MZ", bytes(2000), bzimage(1, 2)[:0x260], bzimage(1, 2, version=0x0209), b"\x7fELF\x02"]
)
def test_of_what_is_no_known_kernel_nothing_is_demanded(tmp_path: Path, content: bytes) -> None:
    kernel = tmp_path / "kernel"
    kernel.write_bytes(content)
    assert needed_memory(kernel, None) == 0
    check_memory(kernel, None, 1)


def test_too_little_memory_is_told_with_what_would_do(image: Path) -> None:
    check_memory(image, None, 70)
    with pytest.raises(UserError, match="needs more than 70 MiB of memory; the guest has 64 MiB") as told:
        check_memory(image, None, 64)
    assert told.value.hint == "Set memory in [boot] to 256 or more, and begin again with kbis start."
