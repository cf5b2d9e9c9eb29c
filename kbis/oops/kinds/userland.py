"""What is not the kernel's report but tells that a test ended: the test programs' own failures, a reboot, firmware."""

import re

from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule, whole

_GO = "Go runtime"
_ASSERT = re.compile(r"ASSERT FAILED at \(.{1,200}?\): ?(.{0,200})")


def _trusty(report: Report, message: re.Match[str]) -> Reading:
    found = _ASSERT.search(report.head)
    what = f"trusty: ASSERT FAILED: {found[1]}".rstrip() if found else f"trusty: {message[1]}"
    return Reading(what)


def _go_panic(report: Report, message: re.Match[str]) -> Reading | None:
    """Read the panic of a Go program; the kernel's panics say "Kernel panic"."""
    return None if report.is_stamped else Reading(f"panic: {message[1]}", needs_stack=False)


RULES = (
    rule("drivers/trusty", "trusty: panic", r"(.{0,200})", _trusty),
    rule(_GO, "fatal error: ", "", whole("go runtime error")),
    rule(_GO, "runtime: out of memory", "", whole("go runtime error")),
    rule(_GO, "panic: ", r"(.{1,200})", _go_panic),
    rule("syz-executor", "SYZFAIL: ", r"(.{1,120})", whole("SYZFAIL: {0}")),
    rule(
        "syz-fuzzer",
        "SYZFATAL: ",
        r"(.{1,120})",
        lambda _, m: Reading(f"SYZFATAL: {m[1]}", also=("SYZFATAL",), needs_stack=False),
    ),
)
