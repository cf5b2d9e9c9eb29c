"""RCU stalls: a CPU or task that keeps a grace period from ending (kernel/rcu/tree_stall.h, kernel/rcu/tasks.h)."""

import re

from kbis.oops import dispatch, guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule

_STALL_H = "kernel/rcu/tree_stall.h"

# Since 6.5 a CPU that detects its own stall prints the registers and the stack of what was interrupted, and the
# unwinder doubts all that the interrupt did (kernel/sched/core.c, dump_cpu_task()).
_DETECTOR = re.compile(r"\? (?:rcu_dump_cpu_stacks|dump_cpu_task|(?:asm_)?sysvec_apic_timer_interrupt)\+")


def _read(report: Report, _: re.Match[str]) -> Reading:
    stacks = guilt.stacks(report, through=True)
    found = dispatch.interrupted(stacks)
    if not found.frame and any(_DETECTOR.search(each.text) for each in report.lines):
        found = dispatch.outermost(stacks[:1])
    return Reading("INFO: rcu detected stall", found, ("stall",))


RULES = (
    rule(_STALL_H, "INFO: rcu_", r"\w{1,40} (?:self-)?detected (?:expedited )?stalls?", _read),
    rule(_STALL_H, "rcu: INFO: rcu_", r"\w{1,40} (?:self-)?detected (?:expedited )?stalls?", _read),
    rule(_STALL_H, "rcu: INFO: ", r"\w{1,40} (?:self-)?detected (?:expedited )?stalls?", _read),
)
