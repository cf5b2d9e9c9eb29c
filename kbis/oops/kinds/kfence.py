"""KFENCE: sampled accesses to freed or foreign memory (mm/kfence/report.c)."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule
from kbis.oops.stack import FUNCTION

_REPORT_C = "mm/kfence/report.c"
_CLUSTERS = {"invalid free": ("invalid-free",), "memory corruption": ()}


def _read(report: Report, message: re.Match[str]) -> Reading:
    found = FUNCTION.search(report.head)
    where = guilt.named(found[1] if found else "", report, started=True)
    return Reading(
        f"KFENCE: {message[1]}", where, _CLUSTERS.get(message[1], ("bad-access",)), needs_stack=False
    )


RULES = (rule(_REPORT_C, "BUG: KFENCE: ", r"([a-z -]{1,40}?) in ", _read),)
