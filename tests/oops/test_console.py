"""What stands round the kernel's messages, and titles, types and the JSON form."""

import json
import mmap
from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.oops import read, types
from kbis.oops.crash import MAX_FRAMES, MAX_REPORT_BYTES
from kbis.oops.jsonl import answer
from kbis.oops.title import MAX_TITLE, normalize
from tests.oops.consoles import stamped, trace

OOPS = ["general protection fault: 0000 [#1] SMP", *trace("vfs_read", pc="x25_connect")]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "[   55.123456] ",
        "<4>[   55.123456] ",
        "[   55.123456][ T4077] ",
        "[   55.123456][    C1] ",
        "Jan  1 12:00:00 host kernel: ",
        "2024-01-01T12:00:00+0000 host kernel: ",
        "[Mon Jan  1 12:00:00 2024] ",
        "** 12 printk messages dropped ** [   55.123456] ",
        "executing program[   55.123456] ",
    ],
)
def test_the_marks_of_printk_and_of_journals_are_seen_through(before: str) -> None:
    crash = read("".join(f"{before}{line}\r\n" for line in OOPS).encode())
    assert crash is not None
    assert crash.title == "general protection fault in x25_connect"
    assert crash.corrupted == ("dropped" in before)


def test_the_first_crash_is_the_one() -> None:
    crash = read(
        stamped(*OOPS, "BUG: KASAN: use-after-free in a_b+0x1/0x2", "Read of size 8 at addr f by task a/1")
    )
    assert crash is not None
    assert crash.title == "general protection fault in x25_connect"


def test_a_console_without_a_crash_has_none() -> None:
    assert read(b"") is None
    assert read(b"[    0.000000] Linux version 6.1\nhello\n") is None


def test_report_and_frames_are_bounded() -> None:
    names = [f"function_{number}" for number in range(100)]
    noise = [f"unrelated line {number} {'x' * 100}" for number in range(2000)]
    crash = read(stamped("divide error: 0000 [#1]", *trace(*names), *noise))
    assert crash is not None
    assert crash.frames == tuple(names[:MAX_FRAMES])
    assert 0 < len(crash.report) <= MAX_REPORT_BYTES


def test_the_report_is_an_excerpt_of_the_console() -> None:
    console = b"[    1.000000] before\n" + stamped(*OOPS)
    crash = read(console)
    assert crash is not None
    assert crash.report in console
    assert b"before" not in crash.report
    assert b"vfs_read" in crash.report


def test_a_mapped_file_reads_like_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "console"
    path.write_bytes(stamped(*OOPS))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert read(mapped) == read(path.read_bytes())


def test_compiler_suffixes_are_no_part_of_a_name() -> None:
    crash = read(
        stamped("divide error: 0000 [#1]", *trace("a_b.isra.0.cold", "c_d.constprop.3", "e_f.llvm.123"))
    )
    assert crash is not None
    assert crash.frames[:3] == ("a_b", "c_d", "e_f")


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("at addr ffff8880b8600000", "at addr ADDR"),
        ("foo_bar+0x12/0x340 done", "foo_bar done"),
        ("foo_bar.isra.7+0x12/0x340", "foo_bar"),
        ("on CPU#3, syz-executor.4/123", "on CPU, syz-executor/NUM"),
        ("fs/ext4/inode.c:123!", "fs/ext4/inode.c:LINE!"),
        ("10.0.0.1 and 12 of loop0", "IP and NUM of loop0"),
        ("a  b\tc\x00\xff", "a b c"),
    ],
)
def test_what_differs_from_boot_to_boot_is_no_part_of_a_title(raw: str, title: str) -> None:
    assert normalize(raw) == title


def test_a_title_is_short() -> None:
    assert len(normalize("word " * 1000)) <= MAX_TITLE


@pytest.mark.parametrize(
    ("title", "type_"),
    [
        ("KASAN: slab-use-after-free Write in a", "KASAN-USE-AFTER-FREE-WRITE"),
        ("KASAN: null-ptr-deref Write in a", "KASAN-NULL-POINTER-DEREFERENCE-WRITE"),
        ("KASAN: slab-out-of-bounds in a at addr ADDR", "KASAN-READ"),
        ("WARNING: suspicious RCU usage", "WARNING"),
        ("BUG: Bad page state in a", "UNKNOWN"),
        ("SYZFAIL: SIGBUS", "SYZ_FAILURE"),
        ("something else", "UNKNOWN"),
    ],
)
def test_the_type_follows_from_the_title(title: str, type_: str) -> None:
    assert types.of(title) == type_


def test_a_line_of_json_in_gives_a_line_of_json_out() -> None:
    given = answer(json.dumps({"id": "7", "log": stamped(*OOPS).decode()}))
    assert "\n" not in given
    assert json.loads(given) == {
        "id": "7",
        "title": "general protection fault in x25_connect",
        "alt": ["bad-access in x25_connect"],
        "type": "DoS",
        "corrupted": False,
        "suppressed": False,
        "frame": "x25_connect",
    }


def test_no_crash_is_an_empty_title() -> None:
    assert json.loads(answer('{"id": 1, "log": "\\udc80 \\ud800 ok"}'))["title"] == ""


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"id": 1}', '{"id": 1, "log": 2}', "not json"])
def test_a_line_that_is_no_case_is_the_users_error(line: str) -> None:
    with pytest.raises(UserError):
        answer(line)


def test_a_crash_of_the_test_programs_is_suppressed() -> None:
    crash = read(b"SYZFAIL: SIGBUS\nhandler:0x123 pc:0x7f88b7e4e673\n")
    assert crash is not None
    assert (crash.title, crash.suppressed) == ("SYZFAIL: SIGBUS", True)
