"""The signature and `__bug_table`, in kernels linked with the layouts that Linux has had."""

from pathlib import Path

import pytest

from kbis.kernel.signature import sign
from tests.kernel.test_signature import link

KERNEL = r"""
#define TRAP(flags) asm volatile("1: .byte 0x0f, 0x0b\n .pushsection __bug_table, \"aw\"\n" \
    ENTRY "\n .popsection" :: "i" ("kernel.c"), "i" (__LINE__), "i" (flags), "i" ("%s"))
int count = 1;
void _start(void) { if (count == 7) TRAP(1); if (count == 9) TRAP(3); for (;;); }
"""

LAYOUTS = {
    "to its own field": r"2: .long 1b - .\n .long %c0 - .\n .word %c1\n .word %c2",
    "to the entry": r"2: .long 1b - 2b\n .long %c0 - 2b\n .word %c1\n .word %c2",
    "with a format": r"2: .long 1b - .\n .long %c3 - .\n .long %c0 - .\n .word %c1\n .word %c2",
    "addresses of four bytes": r"2: .long 1b\n .long %c0\n .word %c1\n .word %c2",
}
UNKNOWN = {
    "addresses of eight bytes": r"2: .quad 1b\n .long %c0\n .word %c1\n .word %c2",
    "a trap that is no code": r"2: .long count - .\n .long %c0 - .\n .word %c1\n .word %c2",
    "a name that is not loaded": r"2: .long 1b - .\n .long 0x7000000\n .word %c1\n .word %c2",
    "an odd size": r"2: .long 1b - .\n .long %c0 - .\n .word %c1\n .word %c2\n .word 0",
}
ONE, OTHER = "TRAP(3)", "TRAP(1)"


def kernel(layout: str, source: str = KERNEL) -> str:
    return f'#define ENTRY "{layout}"\n{source}'


def shifted(layout: str) -> str:
    return kernel(layout, KERNEL.replace("int count", "\n\n\nint count"))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_line_number_is_not_executed_and_a_flag_is(layout: str, tmp_path: Path) -> None:
    base = sign(link(tmp_path / "base", kernel(layout)))
    assert sign(link(tmp_path / "shifted", shifted(layout))) == base
    changed = KERNEL.replace(ONE, OTHER)
    assert sign(link(tmp_path / "changed", kernel(layout, changed))) != base


@pytest.mark.parametrize("layout", UNKNOWN.values(), ids=UNKNOWN)
def test_a_table_that_is_not_understood_counts_whole(layout: str, tmp_path: Path) -> None:
    base = sign(link(tmp_path / "base", kernel(layout)))
    assert sign(link(tmp_path / "again", kernel(layout))) == base
    assert sign(link(tmp_path / "shifted", shifted(layout))) != base


def test_which_file_a_trap_names_counts(tmp_path: Path) -> None:
    layout = LAYOUTS["to its own field"]
    one = kernel(layout) + 'const char *a = "kernel.c", *b = "%s";\n'
    assert sign(link(tmp_path / "one", one)) != sign(
        link(tmp_path / "two", one.replace("%c0 - .", "%c3 - ."))
    )


def test_another_entry_point_note_changes_it_and_the_build_id_does_not(tmp_path: Path) -> None:
    """The note of PVH (XEN_ELFNOTE_PHYS32_ENTRY, 18) tells QEMU where to begin."""
    note = r"""
asm(".pushsection .note.Xen, \"a\", @note\n .long 4, 8, 18\n .asciz \"Xen\"\n .quad 0x1000\n .popsection");
"""
    source = kernel(LAYOUTS["to its own field"]) + note
    base = sign(link(tmp_path / "base", source))
    assert sign(link(tmp_path / "moved", source.replace("0x1000", "0x2000"))) != base
    same_size = "-Wl,--build-id=0x" + "ab" * 20
    assert sign(link(tmp_path / "other", source, same_size)) == base
