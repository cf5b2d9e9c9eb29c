"""Lockups: a CPU that does not schedule (kernel/watchdog.c), a spin lock that is not released, a starved workqueue."""

import re

from kbis.oops import dispatch, guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule, whole

_WATCHDOG_C = "kernel/watchdog.c"


def _soft(report: Report, _: re.Match[str]) -> Reading:
    return Reading("BUG: soft lockup", dispatch.outermost(guilt.stacks(report)), ("stall",))


def _hard(report: Report, _: re.Match[str]) -> Reading:
    return Reading("BUG: hard lockup", dispatch.outermost(guilt.stacks(report)), ("stall",))


_STARTS = ("BUG: ", "watchdog: BUG: ", "NMI watchdog: BUG: ")

RULES = (
    *(
        rule(_WATCHDOG_C, f"{start}Watchdog detected hard LOCKUP on cpu", "", _hard)
        for start in ("", "watchdog: ", "NMI watchdog: ")
    ),
    *(rule(_WATCHDOG_C, start, r"soft lockup", _soft) for start in _STARTS),
    rule("kernel/workqueue.c", "BUG: workqueue lockup", "", whole("BUG: workqueue lockup")),
)
