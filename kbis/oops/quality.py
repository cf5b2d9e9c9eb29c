"""How far a report can be trusted, and whether it is about the kernel at all."""

import re
from collections.abc import Sequence
from itertools import islice

from kbis.oops import stack
from kbis.oops.lines import Line
from kbis.oops.report import Report
from kbis.oops.rule import Reading

_STAMP_IN_TITLE = re.compile(r"\[ {0,8}\d{1,8}\.\d{6}\]")
_NEAR = 15
"""A backtrace that is announced begins within as many lines."""

_UNANNOUNCED = 3
"""Functions that make a backtrace without an announcement."""

_SUPPRESSED_MARKS = (b"SIGBUS", b"ut of memory", b"stack smashing", b"illing '")

# The test programs themselves are out of memory or damaged: what they set off says little of the kernel.
_SUPPRESSED = re.compile(
    rb"SYZFAIL: SIGBUS|runtime: out of memory|fatal error: (?:runtime: )?out of memory|\*\*\* stack smashing detected|"
    rb"Out of memory: Kill(?:ed)? process \d{1,10} \((?:syz|sshd)|[Kk]illing '(?:syz-executor|syz-fuzzer|sshd)"
)


def _is_empty(near: Sequence[Line]) -> bool:
    """Tell whether a backtrace that was announced is not there, or only the next one is."""
    for line in near:
        if stack.reliable(line.text):
            return False
        if stack.is_trace(line.text):
            return True
    return True


def is_corrupted(report: Report, reading: Reading) -> bool:
    """Tell whether a report is cut short or mixed with other output."""
    if reading.garbled or (reading.guilt is not None and not reading.guilt.frame):
        return True
    if _STAMP_IN_TITLE.search(report.head):
        return True
    if b"printk messages dropped" in report.excerpt:
        return True
    if not reading.needs_stack:
        return False
    stamped = report.is_stamped
    lines = report.lines
    for number, line in enumerate(lines):
        if stack.is_trace(line.text):
            behind = (
                line
                for line in lines[number + 1 :]
                if line.stamped == stamped and not stack.is_doubted(line.text)
            )
            return _is_empty(list(islice(behind, _NEAR)))
    # riscv and arm may print a backtrace without announcing it (arch/riscv/kernel/stacktrace.c, dump_backtrace()).
    return sum(stack.reliable(line.text) is not None for line in lines[1:]) < _UNANNOUNCED


def is_suppressed(report: Report) -> bool:
    """Tell whether a crash says nothing of the kernel: the test programs ran out of memory, for example."""
    text = report.before + report.excerpt
    return any(mark in text for mark in _SUPPRESSED_MARKS) and _SUPPRESSED.search(text) is not None
