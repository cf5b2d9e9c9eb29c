"""KMSAN: uses of memory that was never written (mm/kmsan/report.c)."""

import re

from kbis.oops import guilt, stack
from kbis.oops.guilt import Guilt
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule
from kbis.oops.stack import FUNCTION

_REPORT_C = "mm/kmsan/report.c"
_ORIGIN = re.compile(
    r"Uninit was (?:created|stored to memory) at:|Local variable .{1,200} created at:|Local variable description"
)


_BUFFERS = guilt.matcher(r"\w*alloc_skb\w*")


def _origin(report: Report) -> Guilt:
    """The function that left the memory unwritten: the innermost behind "Uninit was created at"."""
    names: list[str] = []
    seen = False
    for line in report.lines:
        if _ORIGIN.match(line.text):
            seen = "stored" not in line.text
            names.clear()
        elif seen and (name := stack.reliable(line.text)):
            names.append(plain(name))
    return guilt.innermost(names, _BUFFERS)


def _read(report: Report, message: re.Match[str]) -> Reading:
    found = FUNCTION.search(report.head)
    where = guilt.named(found[1] if found else "", report, started=True)
    what = f"KMSAN: {message[1]}"
    if message[1] in ("kernel-usb-infoleak", "kernel-network-infoleak"):
        # One function sends what many others have left unwritten.
        origin = _origin(report).frame
        return Reading(what, where, also=(f"KMSAN origin in {origin}",) if origin else (), needs_stack=False)
    return Reading(what, where, ("bad-access",), needs_stack=False)


RULES = (rule(_REPORT_C, "BUG: KMSAN: ", r"([a-z-]{1,40}) in ", _read),)
