from dataclasses import replace

import pytest

from kbis.kernel.boot import BootFacts
from kbis.kernel.bounded import Collector, Limits
from kbis.kernel.console import Console
from kbis.kernel.ending import Ending
from kbis.kernel.outcome import Outcome, Reached, decide, read
from kbis.kernel.recipe import DONE, READY
from kbis.oops import Crash

CRASH = Crash("WARNING in f", "WARNING", ("f", "g"))
SEEN = Outcome("crash", "reproducer", "WARNING in f", "WARNING", ("f", "g"), crash=CRASH)
ANSWER = Crash("kernel panic: NMI", "DoS", ("spin_here", "g"))

LOST = "The guest ended before the reproducer did."

OOPS = b"""\
[    0.100000] BUG: unable to handle page fault for address: 00000008
[    0.100000] #PF: supervisor read access in kernel mode
[    0.100000] CPU: 0 PID: 1 Comm: repro Not tainted 1.0.0 #1
[    0.100000] EIP: ring_push+0x10/0x40
[    0.100000] Call Trace:
[    0.100000]  do_write+0x20/0x30
[    0.100000]  sys_write+0x11/0x20
[    0.100000] ---[ end trace 0000000000000000 ]---
[    0.100000] Kernel panic - not syncing: Fatal exception
"""


def failed(reached: Reached, how: str) -> Outcome:
    return Outcome("boot-failed", reached, f"boot error: {how}", "BOOT")


@pytest.mark.parametrize(
    ("ending", "reached", "crash", "expected"),
    [
        ("debug-exit", "end", None, Outcome("ok", "end")),
        ("reset", "end", None, Outcome("ok", "end")),
        ("done", "end", None, Outcome("ok", "end")),
        (
            "debug-exit",
            "end",
            CRASH,
            replace(SEEN, reached="end"),
        ),
        (
            "reset",
            "reproducer",
            CRASH,
            Outcome("crash", "reproducer", "WARNING in f", "WARNING", ("f", "g"), crash=CRASH),
        ),
        ("reset", "reproducer", None, Outcome("crash", "reproducer", "unexpected kernel reboot", "REBOOT")),
        ("panic", "reproducer", None, Outcome("crash", "reproducer", "kernel panic", "DoS")),
        ("time-limit", "reproducer", None, Outcome("hang", "reproducer", "hang", "HANG")),
        (
            "time-limit",
            "reproducer",
            CRASH,
            Outcome("crash", "reproducer", "WARNING in f", "WARNING", ("f", "g"), crash=CRASH),
        ),
        (
            "reset",
            "kernel",
            CRASH,
            replace(SEEN, outcome="boot-failed", reached="kernel"),
        ),
        ("reset", "kernel", None, failed("kernel", "unexpected reset")),
        (
            "reset",
            "nothing",
            None,
            failed("nothing", "unexpected reset without any output"),
        ),
        (
            "time-limit",
            "nothing",
            None,
            failed("nothing", "hang without any output"),
        ),
        (
            "refused",
            "nothing",
            None,
            failed("nothing", "not a kernel that QEMU can load"),
        ),
        ("debug-exit", "kernel", None, failed("kernel", "early exit")),
        (
            "power-off",
            "reproducer",
            None,
            Outcome("lost", "reproducer", error=LOST),
        ),
        ("qemu-failed", "nothing", None, Outcome("infra", "nothing", error="QEMU failed.")),
        ("killed", "reproducer", CRASH, Outcome("infra", "reproducer", error="QEMU was killed.")),
    ],
)
def test_the_outcome_follows_from_how_it_ended_and_how_far_it_got(
    ending: Ending, reached: Reached, crash: Crash | None, expected: Outcome
) -> None:
    assert decide(ending, reached, crash) == expected


def test_a_suppressed_report_is_no_crash() -> None:
    assert decide("debug-exit", "end", replace(CRASH, suppressed=True)).outcome == "ok"


def test_a_hang_has_the_place_that_the_nmi_told() -> None:
    found = decide("time-limit", "reproducer", None, ANSWER)
    assert (found.outcome, found.title, found.frames) == ("hang", "hang in spin_here", ("spin_here", "g"))
    assert decide("time-limit", "kernel", None, ANSWER).title == "boot error: hang in spin_here"


def test_what_qemu_complained_of_is_told() -> None:
    assert decide("qemu-failed", "nothing", None, error="no KVM").error == "QEMU failed: no KVM."


def facts(text: bytes, ending: Ending = "debug-exit", nmi_at: int | None = None) -> BootFacts:
    console = Console(READY, DONE)
    console.feed(text)
    return BootFacts(
        ending, console.output(), console.ready_at, console.done_at, nmi_at, 1, "tcg", "QEMU 7.2.22", 65, ""
    )


ready, done = READY.encode() + b"\n", DONE.encode() + b"\n"


def test_a_report_after_the_ready_marker_is_a_crash() -> None:
    found = read(facts(b"boot\n" + ready + OOPS, "reset"))
    assert (found.outcome, found.reached) == ("crash", "reproducer")
    assert "ring_push" in (found.title or "")
    assert found.frames[0] == "ring_push"


def test_a_report_that_the_kernel_survived_before_the_reproducer_ran_says_nothing_of_it() -> None:
    survived = OOPS.replace(b"[    0.100000] Kernel panic - not syncing: Fatal exception\n", b"")
    assert read(facts(survived + ready + done)).outcome == "ok"


def test_without_a_reproducer_a_report_while_booting_is_the_crash() -> None:
    assert read(facts(OOPS + ready + done), boot_is_test=True).outcome == "crash"
    died = read(facts(OOPS, "reset"), boot_is_test=True)
    assert (died.outcome, died.reached) == ("crash", "kernel")


def test_a_report_that_ends_the_boot_is_a_boot_failure_with_its_title() -> None:
    found = read(facts(OOPS, "reset"))
    assert found.outcome == "boot-failed"
    assert "ring_push" in (found.title or "")


def test_the_answer_to_the_nmi_is_not_taken_for_a_crash() -> None:
    before = b"boot\n" + ready
    found = read(facts(before + OOPS, "time-limit", nmi_at=len(before)))
    assert (found.outcome, found.title) == ("hang", "hang in ring_push")
    crashed = read(facts(before + OOPS, "time-limit", nmi_at=len(before + OOPS)))
    assert crashed.outcome == "crash"


def test_a_boot_that_fails_for_want_of_a_disk_says_so() -> None:
    found = read(facts(b"boot\nkbis: no root file system on any disk\r\nkbis: /proc/partitions:\r\n"))
    assert (found.outcome, found.title, found.type) == (
        "boot-failed",
        "boot error: no root file system on any disk",
        "BOOT",
    )


def test_a_reproducer_that_cannot_be_run_is_lost_with_the_reason() -> None:
    found = read(facts(ready + b"kbis: /kbis/reproducer cannot be run: No such file or directory\r\n"))
    assert (found.outcome, found.title) == ("lost", None)
    assert found.error == (
        "The reproducer was not run: /kbis/reproducer cannot be run: No such file or directory."
    )
    ended = read(facts(ready + b"kbis: x cannot be run: y\n" + done))
    assert (ended.outcome, ended.error) == ("ok", None)


def test_no_byte_at_all_is_nothing_reached() -> None:
    assert read(facts(b"", "time-limit", nmi_at=0)).reached == "nothing"


@pytest.mark.parametrize("cut", range(1, len(READY)))
def test_a_marker_in_two_pieces_is_found(cut: int) -> None:
    def ready_at(*pieces: bytes) -> int | None:
        console = Console(READY, DONE)
        for piece in pieces:
            console.feed(piece)
        return console.ready_at

    first, second = b"x" * 10 + READY.encode()[:cut], READY.encode()[cut:] + b"\n"
    assert ready_at(first) is None
    assert ready_at(first, second, ready) == 10 + len(READY)


def test_a_report_in_what_is_left_of_a_flood_is_read() -> None:
    collector = Collector(Limits(100, 2000))
    text = ready + b"x" * 5000 + b"\n" + OOPS
    collector.feed(text)
    flooded = replace(facts(text, "reset"), console=collector.output())
    found = read(flooded)
    assert found.outcome == "crash"
    assert "ring_push" in (found.title or "")
