"""Sleeping, scheduling or per-CPU access in the wrong context (kernel/sched/core.c, lib/smp_processor_id.c)."""

import re

from kbis.oops import guilt
from kbis.oops.crash import MAX_FRAMES
from kbis.oops.guilt import Guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, on_stack, rule
from kbis.oops.skips import SCHEDULER, is_never_guilty
from kbis.oops.stack import FUNCTION

_CALLER = re.compile(r"caller is .{0,80}?" + FUNCTION.pattern)


def _preemptible(report: Report, message: re.Match[str]) -> Reading:
    caller = report.first(_CALLER, within=6)
    found = guilt.named(caller[1] if caller else "", report)
    return Reading(f"BUG: using {message[1]} in preemptible code", found)


_SLEEPING = "BUG: sleeping function called from invalid context"

# Functions that ask by themselves whether they may sleep (might_sleep()), so that the report is theirs to name.
_SLEEPERS = frozenset({"dput", "iput", "vfree"})


def _sleeping(report: Report, _: re.Match[str]) -> Reading:
    names = guilt.walk(report)
    found = guilt.innermost(names)
    sleeper = next((number for number, name in enumerate(names) if name in _SLEEPERS), len(names))
    if sleeper < len(names) and all(map(is_never_guilty, names[:sleeper])):
        found = Guilt(names[sleeper], tuple(names[sleeper : sleeper + MAX_FRAMES]))
    return Reading(_SLEEPING, found)


RULES = (
    rule(
        "kernel/sched/core.c",
        "BUG: scheduling while atomic",
        "",
        on_stack("BUG: scheduling while atomic", skip=SCHEDULER),
    ),
    rule("kernel/sched/core.c", _SLEEPING, "", _sleeping),
    rule("lib/smp_processor_id.c", "BUG: using ", r"(\w{1,60}\(\)) in preemptible", _preemptible),
)
