"""Panics (kernel/panic.c)."""

import re

from kbis.oops import guilt
from kbis.oops.guilt import Guilt
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule, whole
from kbis.oops.stack import FUNCTION

_PANIC = "Kernel panic - not syncing: "


def _smashed(report: Report, message: re.Match[str]) -> Reading:
    found = FUNCTION.search(message[1])
    name = plain(found[1]) if found else message[1].strip()
    return Reading("kernel panic: stack is corrupted", Guilt(name, (name,)), needs_stack=False)


def _overrun(report: Report, _: re.Match[str]) -> Reading:
    return Reading("kernel panic: corrupted stack end", guilt.entry(guilt.walk(report)), ("stack-overflow",))


RULES = (
    rule("kernel/panic.c", _PANIC, r"stack-protector: Kernel stack is corrupted in: (.{1,200})", _smashed),
    rule("kernel/sched/core.c", _PANIC, r"corrupted stack end detected", _overrun),
    rule("kernel/panic.c", _PANIC, r"Fatal exception", whole("kernel panic: Fatal exception", needs_stack=True)),
    rule("kernel/exit.c", _PANIC, r"Attempted to kill init!", whole("kernel panic: Attempted to kill init!", needs_stack=True)),
    rule("kernel/panic.c", _PANIC, r"(?:kernel: )?panic_on_warn set", whole("kernel panic: panic_on_warn set", needs_stack=True)),
    rule("fs/devpts", _PANIC, r"(Couldn't open N_TTY ldisc) for", whole("kernel panic: {0}", needs_stack=True)),
    rule("kernel/panic.c", _PANIC, r"(.{1,200})", whole("kernel panic: {0}", needs_stack=True)),
)
