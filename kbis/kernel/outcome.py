"""What one boot showed, in the words of the log: pure, from what was seen."""

import re
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from kbis import oops
from kbis.kernel.boot import BootFacts
from kbis.kernel.ending import Ending
from kbis.oops import Crash

OutcomeWord = Literal["ok", "crash", "boot-failed", "hang", "lost", "infra"]
Reached = Literal["nothing", "kernel", "reproducer", "end"]

REBOOT = ("unexpected kernel reboot", "REBOOT")
HANG_TYPE = "HANG"
BOOT_FAILED_TYPE = "BOOT"
PANIC = ("kernel panic", "DoS")

# kbis/kernel/userland/init: what disk.c and run.c say before they end the machine.
_INIT_GAVE_UP = re.compile(
    rb"^kbis: (no root file system on [^\n]*|the disk has no place [^\n]*|[^\n]* cannot be (?:run|started): [^\n]*)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one boot showed.

    Attributes:
        outcome: "ok": the reproducer ended and nothing was reported. "crash": a report after the ready marker, or a
            reset. "boot-failed": the ready marker did not come. "hang": the time limit, after the ready marker.
            "lost": the guest ended before the reproducer did, and said nothing. "infra": the lab failed.
        reached: How far it got: no byte at all, the kernel, the reproducer, its end.
        title: What kernel developers would search for; None where there is nothing to name.
        type: The class of the crash.
        frames: Function names of the guilty stack, innermost first.
        error: What QEMU complained of, when the lab failed or the boot was lost.
        crash: The report read from the console, when there is one.
    """

    outcome: OutcomeWord
    reached: Reached
    title: str | None = None
    type: str | None = None
    frames: tuple[str, ...] = ()
    error: str | None = None
    crash: Crash | None = None


def read(facts: BootFacts, *, boot_is_test: bool = False) -> Outcome:
    """Read the outcome of a boot.

    Reports before the ready marker count only when the marker did not come: what the kernel survives before the
    reproducer runs says nothing of the reproducer.

    Args:
        facts: What was seen.
        boot_is_test: There is no reproducer: booting is the test, so every report counts as a crash.
    """
    begin = 0 if boot_is_test else facts.ready_at or 0
    crash = oops.read(facts.console.part(begin, facts.nmi_at))
    # What comes after the NMI is an answer to our question, not a report of its own.
    answer = None if facts.nmi_at is None else oops.read(facts.console.part(facts.nmi_at))
    found = decide(facts.ending, reached(facts), crash, answer, facts.error, boot_is_test=boot_is_test)
    return _with_word_of_init(found, facts.console.text())


def reached(facts: BootFacts) -> Reached:
    """Say how far a boot got."""
    if facts.done_at is not None:
        return "end"
    if facts.ready_at is not None:
        return "reproducer"
    return "kernel" if facts.console.head else "nothing"


def decide(
    ending: Ending,
    reached: Reached,
    crash: Crash | None,
    answer: Crash | None = None,
    error: str = "",
    *,
    boot_is_test: bool = False,
) -> Outcome:
    """Decide the outcome of a boot.

    Args:
        ending: How it ended.
        reached: How far it got.
        crash: The report on the console.
        answer: The report that an NMI at the time limit provoked: it tells where the guest hangs.
        error: What QEMU complained of.
        boot_is_test: There is no reproducer.
    """
    if ending in {"killed", "qemu-failed"}:
        why = "QEMU was killed" if ending == "killed" else "QEMU failed"
        return Outcome("infra", reached, error=f"{why}: {error}." if error else f"{why}.")
    up = reached in {"reproducer", "end"}
    if crash is not None and not crash.suppressed:
        word: OutcomeWord = "crash" if up or boot_is_test else "boot-failed"
        return Outcome(word, reached, crash.title, crash.type, crash.frames, crash=crash)
    if not up:
        return _boot_failed(ending, reached, answer)
    return _without_report(ending, reached, answer)


def _with_word_of_init(found: Outcome, console: bytes) -> Outcome:
    """Why kbis's own init gave up, where it did: no disk to run on, or a reproducer that cannot be run."""
    said = _INIT_GAVE_UP.search(console)
    if said is None or found.crash is not None:
        return found
    why = said[1].decode("utf-8", "replace").rstrip()
    if found.outcome == "boot-failed":
        return replace(found, title=f"boot error: {why}")
    return replace(found, error=f"The reproducer was not run: {why}.") if found.outcome == "lost" else found


def _boot_failed(ending: Ending, reached: Reached, answer: Crash | None) -> Outcome:
    frames = answer.frames if answer else ()
    silent = " without any output" if reached == "nothing" and ending != "refused" else ""
    title = f"boot error: {_how(ending)}{silent}"
    return Outcome("boot-failed", reached, _in(title, frames), BOOT_FAILED_TYPE, frames, crash=answer)


def _how(ending: Ending) -> str:
    match ending:
        case "time-limit":
            return "hang"
        case "reset":
            return "unexpected reset"
        case "panic":
            return "panic without a report"
        case "refused":
            return "not a kernel that QEMU can load"
        case "debug-exit" | "power-off" | "done":
            return "early exit"
        case "killed" | "qemu-failed":
            return "no boot"
        case _:
            assert_never(ending)


def _without_report(ending: Ending, reached: Reached, answer: Crash | None) -> Outcome:
    if ending == "panic":
        return Outcome("crash", reached, *PANIC)
    if reached == "end":
        return Outcome("ok", reached)
    match ending:
        case "reset":
            return Outcome("crash", reached, *REBOOT)
        case "time-limit":
            frames = answer.frames if answer else ()
            return Outcome("hang", reached, _in("hang", frames), HANG_TYPE, frames, crash=answer)
        case "debug-exit" | "power-off" | "done" | "refused" | "killed" | "qemu-failed":
            return Outcome("lost", reached, error="The guest ended before the reproducer did.")
        case _:
            assert_never(ending)


def _in(title: str, frames: tuple[str, ...]) -> str:
    return f"{title} in {frames[0]}" if frames else title
