"""KCSAN: accesses that race (kernel/kcsan/report.c)."""

import re

from kbis.oops import guilt
from kbis.oops.guilt import Guilt
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule
from kbis.oops.stack import FUNCTION

_REPORT_C = "kernel/kcsan/report.c"
_PAIR = re.compile(r"([A-Za-z_][\w.]{0,255})(?:\+0x[0-9a-f/x]{1,20})? / ([A-Za-z_][\w.]{0,255})", re.ASCII)


def _read(report: Report, message: re.Match[str]) -> Reading:
    pair = _PAIR.search(message[2])
    names = [plain(name) for name in pair.groups()] if pair else []
    if not names:
        one = FUNCTION.search(message[2])
        names = [plain(one[1])] if one else [guilt.innermost(guilt.walk(report, started=True)).frame]
    frames = tuple(guilt.walk(report, started=True))
    title = " / ".join(sorted(names))
    return Reading(f"KCSAN: {message[1]}", Guilt(title, frames or tuple(names)), needs_stack=False)


RULES = (rule(_REPORT_C, "BUG: KCSAN: ", r"(data-race|assert: race) in (.{1,300})", _read),)
