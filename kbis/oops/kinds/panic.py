"""Panics (kernel/panic.c)."""

import re

from kbis.oops import dispatch, guilt
from kbis.oops.guilt import Guilt
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.rule import Read, Reading, rule, whole
from kbis.oops.stack import FUNCTION
from kbis.oops.title import normalize

_PANIC = "Kernel panic - not syncing: "


def _smashed(_: Report, message: re.Match[str]) -> Reading:
    found = FUNCTION.search(message[1])
    name = plain(found[1]) if found else normalize(message[1])
    return Reading("kernel panic: stack is corrupted", Guilt(name, (name,)), needs_stack=False)


def _late(what: str) -> Read:
    """Read a panic that only ends a report whose head is lost."""

    def read(_: Report, __: re.Match[str]) -> Reading:
        return Reading(what, garbled=True)

    return read


def _overrun(report: Report, _: re.Match[str]) -> Reading:
    return Reading(
        "kernel panic: corrupted stack end", dispatch.outermost(guilt.stacks(report)), ("stack-overflow",)
    )


RULES = (
    rule("kernel/panic.c", _PANIC, r"stack-protector: Kernel stack is corrupted in: (.{1,200})", _smashed),
    rule("kernel/sched/core.c", _PANIC, r"corrupted stack end detected", _overrun),
    rule("kernel/panic.c", _PANIC, r"Fatal exception", _late("kernel panic: Fatal exception")),
    rule(
        "kernel/exit.c",
        _PANIC,
        r"Attempted to kill init!",
        whole("kernel panic: Attempted to kill init!", needs_stack=True),
    ),
    rule(
        "kernel/panic.c", _PANIC, r"(?:kernel: )?panic_on_warn set", _late("kernel panic: panic_on_warn set")
    ),
    rule(
        "fs/devpts", _PANIC, r"(Couldn't open N_TTY ldisc) for", whole("kernel panic: {0}", needs_stack=True)
    ),
    rule("kernel/panic.c", _PANIC, r"(.{1,200})", whole("kernel panic: {0}", needs_stack=True)),
)
