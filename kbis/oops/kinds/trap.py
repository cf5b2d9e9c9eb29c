"""Traps of the processor, and stacks that ran over (arch/x86/kernel/traps.c)."""

import re

from kbis.oops import dispatch, guilt
from kbis.oops.report import Report
from kbis.oops.rule import Read, Reading, Rule, on_stack, rule

_TRAPS_C = "arch/x86/kernel/traps.c"


def _overflow(what: str) -> Read:
    """Read a stack that ran over: what fills a stack is called over and over, so name where the task was sent."""

    def read(report: Report, _: re.Match[str]) -> Reading:
        return Reading(what, dispatch.outermost(guilt.stacks(report)), ("stack-overflow",))

    return read


_INTERNAL = re.compile(r"Internal error: kernel stack overflow")


def _overflow64(report: Report, message: re.Match[str]) -> Reading | None:
    """Read the overflow of arm64; arm tells it again as an internal error, with the registers behind it."""
    if report.first(_INTERNAL, within=12):
        return None
    return _overflow("kernel stack overflow")(report, message)


def _of_oops(starts: str, then: str, read: Read) -> tuple[Rule, Rule]:
    """Since 6.11 die() puts "Oops: " before its message."""
    return rule(_TRAPS_C, starts, then, read), rule(_TRAPS_C, f"Oops: {starts}", then, read)


_CODE = r"(?:, |: [0-9a-f]{4})"

# The rest of the names that exc_*() give to die(); seldom seen.
_RARE = (
    "alignment check",
    "bounds",
    "coprocessor segment overrun",
    "fpu exception",
    "invalid TSS",
    "overflow",
    "segment not present",
    "simd exception",
)

_OVERFLOW = "kernel stack overflow"

RULES = (
    *_of_oops("general protection fault", "", on_stack("general protection fault", "bad-access")),
    *_of_oops(
        "segment-related general protection fault", "", on_stack("general protection fault", "bad-access")
    ),
    *_of_oops("divide error", _CODE, on_stack("divide error")),
    *_of_oops("divide_error", _CODE, on_stack("divide error")),
    *_of_oops("invalid opcode", _CODE, on_stack("invalid opcode")),
    *_of_oops("int3", _CODE, on_stack("int3")),
    *_of_oops("stack segment", _CODE, on_stack("stack segment fault")),
    *(one for name in _RARE for one in _of_oops(name, r": [0-9a-f]{4} \[#", on_stack(name))),
    *_of_oops("double fault", _CODE, on_stack("PANIC: double fault")),
    *_of_oops(_OVERFLOW, "", _overflow(_OVERFLOW)),
    rule("arch/arm64/kernel/traps.c", "Insufficient stack space to handle exception", "", _overflow64),
    rule(
        "arch/arm64/kernel/traps.c",
        "Kernel panic - not syncing: ",
        r"[Kk]ernel stack overflow",
        _overflow(_OVERFLOW),
    ),
    rule(_TRAPS_C, "PANIC: double fault", "", on_stack("PANIC: double fault")),
    rule(_TRAPS_C, "traps: PANIC: double fault", "", on_stack("PANIC: double fault")),
    rule(
        _TRAPS_C,
        "BUG: ",
        r"(?:[A-Z]{2,8} )?stack guard page was hit",
        _overflow("BUG: stack guard page was hit"),
    ),
)
