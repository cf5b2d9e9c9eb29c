"""Faults that only some architectures have names for: arm, arm64, s390, and the checks of control flow."""

import re

from kbis.oops import guilt, stack
from kbis.oops.guilt import Guilt
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.rule import Reading, on_stack, rule
from kbis.oops.stack import FUNCTION

_ARM_FAULT = "arch/arm/mm/fault.c"
_S390 = "arch/s390/kernel/dumpstack.c"


def _internal(report: Report, _: re.Match[str]) -> Reading:
    """Read die() of arm and arm64: the function that the registers name is what these reports are known by."""
    names = guilt.walk(report)
    first = next(filter(None, (stack.counter(line.text) for line in report.lines)), "")
    found = Guilt(plain(first), tuple(names)) if first else guilt.innermost(names)
    return Reading("Internal error", found)


def _failed_call(report: Report, message: re.Match[str]) -> Reading:
    where = FUNCTION.match(message[1])
    return Reading("CFI failure", guilt.named(where[1] if where else "", report))


_OOPS = (
    ("arch/powerpc/kernel/traps.c", "Oops: Exception in kernel mode"),
    ("arch/riscv/kernel/traps.c", "Oops - "),
    ("arch/mips/kernel/traps.c", "Oops[#"),
)

RULES = (
    rule("arch/mips/kernel/traps.c", "Kernel bug detected[#", "", on_stack("kernel BUG")),
    *(rule(printed_by, starts, "", on_stack("Oops")) for printed_by, starts in _OOPS),
    rule(_ARM_FAULT, "Unhandled fault: ", "", on_stack("Unhandled fault", "bad-access")),
    rule(_ARM_FAULT, "Unhandled prefetch abort: ", "", on_stack("Unhandled prefetch abort")),
    rule("arch/arm/mm/alignment.c", "Alignment trap: not handling", "", on_stack("Alignment trap")),
    rule("arch/arm64/kernel/traps.c", "Internal error: ", "", _internal),
    rule("kernel/cfi.c", "CFI failure at ", r"(.{1,300})", _failed_call),
    *(
        rule(_S390, trap, r": [0-9a-f]{4} ilc:", on_stack(trap))
        for trap in (
            "illegal operation",
            "addressing exception",
            "specification exception",
            "protection exception",
        )
    ),
    rule(_S390, "fixpoint divide exception", r": [0-9a-f]{4} ilc:", on_stack("divide error")),
)
