"""The source file of an assertion, as the kernel prints it."""

import pytest

from kbis import oops
from kbis.oops.place import file_of
from tests.oops.consoles import stamped, trace


@pytest.mark.parametrize(
    ("message", "file"),
    [
        ("kernel BUG at fs/ext4/inode.c:2712!", "fs/ext4/inode.c"),
        ("WARNING: CPU: 1 PID: 8377 at arch/x86/kvm/x86.c:7209 one+0x1f7/0x5a00", "arch/x86/kvm/x86.c"),
        ("WARNING: CPU: 0 PID: 9 at ./include/linux/mm.h:12 one+0x1/0x2", "include/linux/mm.h"),
        ("WARNING: kernel/sched/core.c:10 at one+0x1/0x2, CPU#0: init/1", "kernel/sched/core.c"),
    ],
)
def test_an_assertion_names_its_file(message: str, file: str) -> None:
    crash = oops.read(
        stamped("------------[ cut here ]------------", message, *trace("one", "two", pc="one"))
    )
    assert crash is not None
    assert file_of(crash) == file


def test_what_a_checker_finds_has_no_file() -> None:
    crash = oops.read(
        stamped("BUG: KASAN: use-after-free in one+0x1/0x2", "Read of size 8 at addr f", *trace("one"))
    )
    assert crash is not None
    assert file_of(crash) is None
