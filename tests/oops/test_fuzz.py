"""No input hangs or crashes the reader, and what it gives is always in form."""

import os
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbis.oops import read, types
from kbis.oops.crash import MAX_FRAMES, MAX_REPORT_BYTES
from kbis.oops.demangle import demangle
from kbis.oops.heads import STARTS
from kbis.oops.title import MAX_TITLE, normalize
from tests.oops import consoles, measure

PATHOLOGICAL_BYTES = 400_000


def check(console: bytes) -> None:
    """Read a console and hold the result against its form."""
    crash = read(console)
    if crash is None:
        return
    for title in (crash.title, *crash.alternatives):
        assert title
        assert len(title) <= MAX_TITLE
        assert all(" " <= letter <= "~" for letter in title), title
    assert crash.type == types.of(crash.title)
    assert len(crash.frames) <= MAX_FRAMES
    assert list(crash.alternatives) == sorted(set(crash.alternatives) - {crash.title})
    assert len(crash.report) <= MAX_REPORT_BYTES
    assert crash.report in console
    assert read(console) == crash


SEEDS = [
    consoles.stamped(
        "BUG: KASAN: use-after-free in a_b+0x1/0x2",
        "Read of size 8 at addr f by task a/1",
        *consoles.trace("a_b"),
    ),
    consoles.stamped(
        "WARNING: possible recursive locking detected",
        "a/1 is trying to acquire lock:",
        " (l){+.+.}, at: a_b+0x1/0x2",
        caller="T1",
    ),
    consoles.stamped(
        "rcu: INFO: rcu_sched self-detected stall on CPU",
        *consoles.trace("update_process_times", "apic_timer_interrupt", "a_b"),
    ),
    consoles.stamped(
        "rust_kernel: panicked at a.rs:1:",
        "attempt",
        *consoles.trace("_RNvMs_NtCs7_11rust_binder4nodeNtB4_4Node6update"),
    ),
    b"2018/01/09 14:28:48 BUG: memory leak\nunreferenced object\n  backtrace:\n    [<000000009>] kmalloc+0x1/0x2\n",
]


def lines() -> st.SearchStrategy[bytes]:
    """Lines that begin as reports do and go on as they like."""
    return st.builds(
        lambda stamp, start, rest: stamp + start + rest + b"\n",
        st.sampled_from([b"", b"[    1.000000] ", b"[    1.000000][   T1] ", b"<6>[    1.000000][    C0] "]),
        st.sampled_from(
            [start.encode() for start in STARTS]
            + [b" a_b+0x1/0x2", b"Call Trace:", b" ? a+0x1/0x2", b"RIP: 0010:"]
        ),
        st.binary(max_size=60),
    )


@given(st.binary(max_size=3000))
def test_any_bytes_can_be_read(console: bytes) -> None:
    check(console)


@given(st.lists(lines(), max_size=30))
@settings(max_examples=300)
def test_any_mixture_of_headlines_can_be_read(parts: list[bytes]) -> None:
    check(b"".join(parts))


@given(st.data())
@settings(max_examples=300)
def test_damaged_consoles_can_be_read(data: st.DataObject) -> None:
    console = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(console)))
        to = min(len(console), at + data.draw(st.integers(0, 80)))
        kind = data.draw(st.sampled_from(["cut", "twice", "junk", "flip"]))
        if kind == "cut":
            del console[at:to]
        elif kind == "twice":
            console[at:at] = console[at:to]
        elif kind == "junk":
            console[at:at] = data.draw(st.binary(max_size=40))
        elif at < len(console):
            console[at] ^= 1 << data.draw(st.integers(0, 7))
    check(bytes(console))


@cache
def real_logs() -> list[bytes]:
    return [str(case["log"]).encode("utf-8", "surrogateescape") for case in measure.cases()]


@pytest.mark.usefixtures("shared")
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=300)
def test_real_consoles_cut_and_joined_anywhere_can_be_read(one: int, two: int, at: int) -> None:
    logs = real_logs()
    first, second = logs[one % len(logs)], logs[two % len(logs)]
    check(first[: at % (len(first) + 1)] + second[at % (len(second) + 1) :])


REPEATED = [
    *(start.encode() for start in STARTS),
    *(f"{start}\n".encode() for start in STARTS),
    *(
        b"\n",
        b"]",
        b" ",
        b"[",
        b"[ ",
        b"\n[    1.000000]",
        b"\n[    1.000000][   T1] ",
        b"<6>",
        b"a_b+0x1/0x2 ",
        b"a.b",
        b"0",
    ),
    *(
        b"WARNING: foo\n",
        b"[    1.000000] INFO: lockdep is turned off.\n",
        b"\nJan  1 12:00:00 host kernel: ",
        b"[   50.000000] usb 1-1: new device\nBooting the kernel.\n",
        b"login: ",
    ),
    *(
        b"Call Trace:\n",
        b" a_b+0x1/0x2\n",
        b"RIP: 0010:",
        b"[<ffffffff>] ",
        b" from ",
        b"at: ",
        b"(",
        b"\x00",
        b"\xff",
    ),
]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"[    1.000000] BUG: KASAN: use-after-free in ",
        b"[    1.000000] possible deadlock\nWARNING: inconsistent lock state\n",
    ],
)
def test_no_repetition_makes_the_reader_hang(head: bytes) -> None:
    for part in REPEATED:
        console = head + part * (PATHOLOGICAL_BYTES // len(part))
        crash = read(console)
        assert crash is None or crash.title


def test_megabytes_of_noise_can_be_read() -> None:
    check(os.urandom(4_000_000))


@given(st.text(max_size=300))
def test_any_text_makes_a_title_in_form(text: str) -> None:
    title = normalize(text)
    assert len(title) <= MAX_TITLE
    assert title.isascii()


@given(st.text("NCMXYIBRSTsE_0123456789ab", max_size=60))
def test_any_name_can_be_demangled(rest: str) -> None:
    assert demangle("_R" + rest)
    assert demangle("_Z" + rest)
