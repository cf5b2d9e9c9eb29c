"""The kernel's own symbol table in its signature: line numbers in names do not count, addresses and names do."""

from pathlib import Path

import pytest

from kbis.kernel.signature import sign
from tests.kernel.test_signature import link

SOURCE = r"""
/* The tables in the order of Linux 6.1 (scripts/kallsyms.c), in one section behind other data. */
asm(".section .rodata\n .globl other, kallsyms_offsets, kallsyms_names, kallsyms_markers, kallsyms_token_index\n"
    "other: .long 7\n"
    "kallsyms_offsets: .long 16\n"
    "kallsyms_names: .ascii \"NAMES\"\n"
    "kallsyms_markers: .long 5\n"
    "kallsyms_token_index: .fill 512, 1, 3\n"
    "after: .long 9\n .text\n");
int __initcall__kmod_sys__203_755_sys_init4 = 4;
void _start(void) { for (;;); }
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sign(link(tmp_path_factory.mktemp("base"), SOURCE))


@pytest.mark.parametrize(
    "changes",
    [
        {"203_755_": "203_756_", "NAMES": "NAMER"},
        {"203_755_": "204_755_", "512, 1, 3": "512, 1, 4"},
        {"kallsyms_markers: .long 5": "kallsyms_markers: .long 6"},
    ],
    ids=["a line", "a counter", "where names begin"],
)
def test_a_shifted_initcall_leaves_the_signature(
    base: bytes, tmp_path: Path, changes: dict[str, str]
) -> None:
    source = SOURCE
    for old, new in changes.items():
        source = source.replace(old, new)
    assert source != SOURCE
    assert sign(link(tmp_path, source)) == base


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sys_init4", "sys_inix4"),
        ("other: .long 7", "other: .long 8"),
        ("kallsyms_offsets: .long 16", "kallsyms_offsets: .long 17"),
        ("after: .long 9", "after: .long 10"),
        ("= 4;", "= 5;"),
    ],
    ids=["another function", "data before", "an address", "data behind", "data"],
)
def test_whatever_else_changes_it(base: bytes, tmp_path: Path, old: str, new: str) -> None:
    assert sign(link(tmp_path, SOURCE.replace(old, new))) != base
