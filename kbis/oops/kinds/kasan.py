"""KASAN: accesses to memory that is not the accessor's (mm/kasan/report.c)."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule
from kbis.oops.stack import FUNCTION

_REPORT_C = "mm/kasan/report.c"
_ACCESS = re.compile(r"^\s{0,4}(Read|Write) (?:of size \d{1,20}|at addr)")
_FREED = frozenset({"double-free or invalid-free", "invalid-free", "double-free"})
_NEAR = 6
"""Lines between "BUG: KASAN" and the line that tells the access; other writers may interrupt."""


def _where(report: Report) -> guilt.Guilt:
    """The function in the message, else the innermost of the stack: memcpy() and the like run for their callers."""
    found = FUNCTION.search(report.head)
    return guilt.named(found[1] if found else "", report)


def _access(report: Report, message: re.Match[str]) -> Reading | None:
    if message[1] in _FREED:
        return Reading("KASAN: invalid-free", _where(report), ("invalid-free",))
    access = report.first(_ACCESS, _NEAR)
    if access is None:
        return None
    found = _where(report)
    what = f"KASAN: {message[1]} {access[1]}"
    if not found.frame and "address" in message[0]:
        return Reading(what, garbled=True)
    return Reading(what, found, ("bad-access",))


def _garbled(_: Report, message: re.Match[str]) -> Reading:
    return Reading(f"KASAN: {message[1]}", garbled=True)


RULES = (
    rule(_REPORT_C, "BUG: KASAN: ", r"([a-z-]{1,40}(?: or invalid-free)?) (?:in|on address) ", _access),
    rule(_REPORT_C, "BUG: KASAN: ", r"(.{1,200})", _garbled),
)
