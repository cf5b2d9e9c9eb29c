"""Hung tasks: blocked for longer than the limit (kernel/hung_task.c)."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule

_HUNG_C = "kernel/hung_task.c"


def _read(report: Report, message: re.Match[str]) -> Reading:
    what = "INFO: task hung" if message[1].startswith("blocked") else "INFO: task can't die"
    return Reading(what, guilt.blocked(guilt.walk(report)), ("hang",))


RULES = (
    rule(
        _HUNG_C,
        "INFO: task ",
        r".{1,80}? (blocked (?:in I/O wait )?for more than|can't die for more than)",
        _read,
    ),
)
