"""What does not change a crash: the prefix of its lines, what stands round it, the names that happen to be in it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kbis.oops import Crash, read
from tests.oops import measure

STAMP = re.compile(rb"^(?:<\d>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?", re.MULTILINE)
NAMES_A_CALLER = re.compile(rb"\]\[ *[TC]\d+\]")

Same = tuple[str, str, bool, tuple[str, ...], tuple[str, ...]]


def same(crash: Crash | None) -> Same | None:
    """What must stay; the excerpt of the console may not."""
    return (
        (crash.title, crash.type, crash.corrupted, crash.alternatives, crash.frames)
        if crash is not None
        else None
    )


@pytest.fixture(scope="module")
def consoles(shared: Path) -> dict[str, bytes]:
    assert (shared / "console-logs/cases.jsonl").is_file()
    return {str(case["id"]): str(case["log"]).encode("utf-8", "surrogateescape") for case in measure.cases()}


def later(match: re.Match[bytes]) -> bytes:
    return b"[%5d.%s]" % (int(match[1]) + 77_777, match[2])


@pytest.mark.parametrize(
    ("change", "needs_no_caller"),
    [
        (lambda log: log.replace(b"\n", b"\r\n"), False),
        (lambda log: STAMP.sub(lambda stamp: b"<4>" + stamp[0].lstrip(b"<0123456789>"), log), False),
        (lambda log: re.sub(rb"\[ *(\d+)\.(\d{6})\]", later, log), False),
        (lambda log: STAMP.sub(b"[Mon Jan  1 12:00:00 2024] ", log), True),
        (lambda log: STAMP.sub(b"Jan  1 12:00:00 host kernel: ", log), True),
        (lambda log: STAMP.sub(lambda stamp: b"Jan  1 12:00:00 host kernel: " + stamp[0], log), False),
    ],
    ids=["carriage returns", "levels", "a later time", "dates", "a journal", "a journal with times"],
)
def test_the_prefix_of_lines_does_not_change_a_crash(
    consoles: dict[str, bytes], change: Callable[[bytes], bytes], needs_no_caller: bool
) -> None:
    changed = {}
    for name, log in consoles.items():
        crash = read(log)
        if STAMP.search(log) is None or (needs_no_caller and NAMES_A_CALLER.search(log)):
            continue
        if crash is not None and crash.type == "REBOOT":
            continue
        again = read(change(log))
        if same(again) != same(crash):
            changed[name] = (same(crash), same(again))
    assert not changed


def test_what_comes_after_a_crash_does_not_change_it(consoles: dict[str, bytes]) -> None:
    later_on = b"".join(b"[%5d.000000] usb 1-1: new device number %d\n" % (9000 + n, n) for n in range(200))
    for name, log in consoles.items():
        crash = read(log)
        if crash is not None:
            assert same(read(log.rstrip(b"\n") + b"\n" + later_on)) == same(crash), name


def test_a_title_follows_the_function_wherever_it_stands(consoles: dict[str, bytes]) -> None:
    """No rule may know a function of one driver by its name: a new name for it gives the same title with that name."""
    followed = 0
    for name, log in consoles.items():
        crash = read(log)
        if crash is None or not crash.frame or not re.fullmatch(r"[a-z]\w{2,}_\w{2,}_\w+", crash.frame):
            continue
        if crash.frame.startswith(("synchronize_", "smp_call_", "exit_to_", "sys_")):
            continue
        old, new = crash.frame.encode(), b"qx_" + crash.frame.encode() + b"_q9"
        again = read(re.sub(rb"\b" + re.escape(old) + rb"\b", new, log))
        assert again is not None, name
        assert again.title == crash.title.replace(crash.frame, new.decode()), name
        followed += 1
    assert followed > 100
