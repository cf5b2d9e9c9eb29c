import subprocess
from pathlib import Path

import pytest

from kbis.kernel.signature import sign

SOURCE = r"""
/* The trap and its entry as Linux 6.1 has them on x86-64: arch/x86/include/asm/bug.h. */
#define TRAP(flags) asm volatile("1: .byte 0x0f, 0x0b\n .pushsection __bug_table, \"aw\"\n" \
    "2: .long 1b - .\n .long %c0 - .\n .word %c1\n .word %c2\n .org 2b + 12\n .popsection" \
    :: "i" (__FILE__), "i" (__LINE__), "i" (flags))
char name[] = "one";
char room[64];
int add(int a) { if (a == 7) TRAP(1); if (a == 9) TRAP(3); return a + room[3]; }
void _start(void) { room[add(2)] = name[0]; for (;;); }
"""


def link(directory: Path, source: str, *flags: str) -> Path:
    """Compile and link one freestanding program."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "kernel.c"
    file.write_text(source)
    output = directory / "kernel"
    options = ["-nostdlib", "-static", "-fno-pie", "-no-pie", "-ffreestanding", "-Wl,--build-id", "-O1"]
    subprocess.run(["gcc", *options, *flags, "-o", "kernel", "kernel.c"], cwd=directory, check=True)
    return output


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sign(link(tmp_path_factory.mktemp("base"), SOURCE))


def test_a_signature_is_a_sha256(base: bytes) -> None:
    assert len(base) == 32


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int add", "/* what it does */ int add"),
        ("int add", "\n\n\nint add"),
        ("return a +", "return 0 + a +"),
    ],
    ids=["a comment", "shifted lines", "code that the compiler drops"],
)
def test_what_is_not_executed_does_not_change_it(base: bytes, tmp_path: Path, old: str, new: str) -> None:
    assert sign(link(tmp_path, SOURCE.replace(old, new))) == base


def test_another_directory_and_debug_information_do_not_change_it(base: bytes, tmp_path: Path) -> None:
    assert sign(link(tmp_path / "deep" / "er", SOURCE, "-g")) == base


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a +", "a -"),
        ('"one"', '"two"'),
        ("room[64]", "room[65]"),
        ("room[64]", "room[128]"),
        ("TRAP(3)", "TRAP(1)"),
    ],
    ids=[
        "code",
        "data",
        "a zeroed array one longer",
        "a zeroed array twice as long",
        "a warning once or always",
    ],
)
def test_what_is_executed_changes_it(base: bytes, tmp_path: Path, old: str, new: str) -> None:
    assert sign(link(tmp_path, SOURCE.replace(old, new))) != base


def test_another_load_address_changes_it(base: bytes, tmp_path: Path) -> None:
    assert sign(link(tmp_path, SOURCE, "-Wl,-Ttext-segment=0x800000")) != base


def test_stripping_does_not_change_it(base: bytes, tmp_path: Path) -> None:
    kernel = link(tmp_path, SOURCE)
    subprocess.run(["strip", str(kernel)], check=True)
    assert sign(kernel) == base


def test_another_file_is_digested_whole(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"bzImage" * 1000)
    two.write_bytes(b"bzImage" * 999 + b"bzimage")
    assert sign(one) != sign(two)
    two.write_bytes(one.read_bytes())
    assert sign(one) == sign(two)


def test_an_object_file_is_digested_whole(tmp_path: Path) -> None:
    kernel = link(tmp_path, SOURCE, "-r")
    before = sign(kernel)
    kernel.write_bytes(kernel.read_bytes() + b"\0")
    assert sign(kernel) != before


def test_a_truncated_elf_never_passes_for_the_whole_one(base: bytes, tmp_path: Path) -> None:
    content = link(tmp_path, SOURCE).read_bytes()
    cut = tmp_path / "cut"
    seen = set()
    for size in range(0, len(content), 97):
        cut.write_bytes(content[:size])
        seen.add(sign(cut))
    assert base not in seen
    assert len(seen) == len(range(0, len(content), 97))


def test_damaged_tables_are_no_error(tmp_path: Path) -> None:
    content = bytearray(link(tmp_path, SOURCE).read_bytes())
    damaged = tmp_path / "damaged"
    headers = range(16, 64)
    table = range(len(content) - 600, len(content))
    for position in [*headers, *table]:
        changed = content.copy()
        changed[position] ^= 0xFF
        damaged.write_bytes(changed)
        assert len(sign(damaged)) == 32
