"""RCU stalls: a CPU or task that keeps a grace period from ending (kernel/rcu/tree_stall.h, kernel/rcu/tasks.h)."""

import re

from kbis.oops import dispatch, guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule

_STALL_H = "kernel/rcu/tree_stall.h"


def _read(report: Report, _: re.Match[str]) -> Reading:
    return Reading(
        "INFO: rcu detected stall", dispatch.interrupted(guilt.stacks(report, through=True)), ("stall",)
    )


RULES = (
    rule(_STALL_H, "INFO: rcu_", r"\w{1,40} (?:self-)?detected (?:expedited )?stalls?", _read),
    rule(_STALL_H, "rcu: INFO: rcu_", r"\w{1,40} (?:self-)?detected (?:expedited )?stalls?", _read),
    rule(_STALL_H, "rcu: INFO: ", r"\w{1,40} (?:self-)?detected (?:expedited )?stalls?", _read),
)
