"""Sleeping, scheduling or per-CPU access in the wrong context (kernel/sched/core.c, lib/smp_processor_id.c)."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, on_stack, rule
from kbis.oops.stack import FUNCTION

_CALLER = re.compile(r"caller is .{0,80}?" + FUNCTION.pattern)


def _preemptible(report: Report, message: re.Match[str]) -> Reading:
    caller = report.first(_CALLER, within=6)
    found = guilt.named(caller[1] if caller else "", report)
    return Reading(f"BUG: using {message[1]} in preemptible code", found)


RULES = (
    rule("kernel/sched/core.c", "BUG: scheduling while atomic", "", on_stack("BUG: scheduling while atomic")),
    rule(
        "kernel/sched/core.c",
        "BUG: sleeping function called from invalid context",
        "",
        on_stack("BUG: sleeping function called from invalid context"),
    ),
    rule("lib/smp_processor_id.c", "BUG: using ", r"(\w{1,60}\(\)) in preemptible", _preemptible),
)
