"""lockdep: locks taken in an order, a context or a number that may block for ever (kernel/locking/lockdep.c)."""

import re

from kbis.oops import guilt, stack
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.rule import Read, Reading, rule
from kbis.oops.skips import LOCK_WRAPPERS, is_never_guilty
from kbis.oops.stack import FUNCTION

_LOCKDEP_C = "kernel/locking/lockdep.c"

_TAKEN = re.compile(r"(?:at: {0,8}|^\s{0,8})(?:\[<[0-9a-f]{4,16}>\]\s{0,8})?" + FUNCTION.pattern)
_HISTORY = re.compile(
    r"which lock already depends|was registered at:|the existing dependency chain|other info that might|stack backtrace"
)
_BECAME_SAFE = re.compile(r"which became \w{1,20}-irq-safe at:")
_NEAR = 24
"""Lines between the headline and the line that names the lock and where it is taken."""


_WRAPPERS = guilt.matcher(LOCK_WRAPPERS)


def _is_lock(name: str) -> bool:
    return is_never_guilty(name) or _WRAPPERS(name) is not None


def _place(report: Report, announces: re.Pattern[str]) -> str:
    """The first function behind "at:", from the announcing line on, that may be guilty."""
    armed = False
    for line in report.near(_NEAR)[1:]:
        if _HISTORY.search(line.text):
            break
        if armed and (place := _TAKEN.search(line.text)) and not _is_lock(plain(place[1])):
            return plain(place[1])
        armed = armed or announces.search(line.text) is not None
    return ""


def _became_safe(report: Report) -> str:
    """The function that takes the lock in the interrupt: the innermost behind "which became ...-irq-safe at:"."""
    seen = False
    for line in report.lines:
        seen = seen or _BECAME_SAFE.search(line.text) is not None
        name = stack.reliable(line.text) if seen else None
        if name and not is_never_guilty(plain(name)):
            return plain(name)
    return ""


def _unsafe(report: Report, message: re.Match[str]) -> Reading:
    found = guilt.named(_became_safe(report), report, through=True, also=_WRAPPERS)
    if not found.frame:
        return Reading(f"WARNING: {message[1]}", garbled=True)
    return Reading("possible deadlock", found)


def _reader(severity: str, title: str, announced: str) -> Read:
    announces = re.compile(announced)

    def read(report: Report, message: re.Match[str]) -> Reading:
        place = _place(report, announces)
        found = guilt.named(place, report, through=True, also=_WRAPPERS)
        if not found.frame:
            return Reading(f"{severity}: {message[1]}", garbled=True)
        return Reading(title.replace("{severity}", severity), found)

    return read


# Headline, title, and the line that announces the lock.
_KINDS = (
    (
        r"(possible (?:circular locking dependency|recursive locking|irq lock inversion dependency) detected)",
        "possible deadlock",
        r"is trying to acquire lock|just changed the state of lock",
    ),
    (r"(inconsistent lock state)", "inconsistent lock state", r" takes:$"),
    (r"(bad unlock balance detected!)", "{severity}: bad unlock balance", r"is trying to release lock"),
    (r"(bad contention detected!)", "{severity}: bad contention", r"is trying to contend lock"),
    (r"(held lock freed!)", "{severity}: held lock freed", r"with a lock still held there"),
    (r"([Nn]ested lock was not taken)", "{severity}: nested lock was not taken", r"is trying to lock"),
    (r"(Invalid wait context)", "WARNING: locking bug", r"is trying to lock"),
    (
        r"(lock held when returning to user space!)",
        "{severity}: lock held when returning to user space",
        r"leaving the kernel with locks still held",
    ),
    (r"(lock held at task exit time!)", "{severity}: lock held at task exit time", r"locks? held by"),
    (r"(?:.{1,64}/\d{1,10} )?(still has locks held!)", "{severity}: still has locks held", r"locks? held by"),
    (r"(suspicious RCU usage)", "{severity}: suspicious RCU usage", r"(?!)"),
)

_SEVERITIES = ("WARNING", "INFO", "BUG")

RULES = (
    *(
        rule(_LOCKDEP_C, f"{severity}: ", headline, _reader(severity, title, announced))
        for headline, title, announced in _KINDS
        for severity in _SEVERITIES
    ),
    *(
        rule(
            _LOCKDEP_C,
            f"{severity}: ",
            r"([\w-]{1,30}-safe -> [\w-]{1,30}-unsafe lock order detected)",
            _unsafe,
        )
        for severity in _SEVERITIES
    ),
)
