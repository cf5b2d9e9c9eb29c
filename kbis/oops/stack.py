"""Backtraces: the functions on the stack, as the architectures print them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from kbis.oops.lines import Line

MIXED = "\0mixed"
"""Stands among the functions where another task's backtrace was printed into this one."""

END = "\0end"
"""Stands among the functions where a stack ends: in user mode, or where that of another task or CPU begins."""

# x86 user mode code segments; lib/nmi_backtrace.c; kernel/rcu/tree_stall.h; sched_show_task() in kernel/sched/core.c.
_END = re.compile(
    r"RIP: 00(?:23|2b|33):|Sending NMI |NMI backtrace for cpu |task:|---\[ end trace|"
    r"rcu: (?:RCU grace-period kthread stack|Stack) dump|.{1,40} [RSDIT]  (?:running task)? {4}"
)

_FUNCTION = r"([A-Za-z_$][A-Za-z0-9_$]{0,255})(?:\.[A-Za-z0-9_.$]{1,80})?\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}"
FUNCTION = re.compile(_FUNCTION)

_ADDRESS = r"(?:\(?\[<[0-9a-fA-F]{4,16}>\]\)? {0,8}|\[[0-9a-f]{8,16}\] )"
_FRAME = re.compile(
    r"(?:\s{0,8}(?:</?[A-Z#]{2,12}> {0,4}))?\s{0,8}" + _ADDRESS + r"{0,3}\s{0,4}(\? |\()?\s{0,8}" + _FUNCTION
)
# arch/arm/kernel/traps.c, dump_backtrace_entry(): (callee) from [<address>] (caller+offset/size), or without addresses.
_ARM = re.compile(
    r"\s{0,8}(?:\[<[0-9a-f]{8}>\] )?\(?[\w.$ :/\[\]-]{1,200}\)? from (?:\[<[0-9a-f]{8}>\] )?\(?" + _FUNCTION
)

# Where the registers say which function ran: x86 show_ip(), arm64 and arm show_regs(), powerpc NIP,
# riscv and mips epc, s390 Krnl PSW, loongarch ERA.
_COUNTER = re.compile(
    r"(?:RIP: (?:00(?:08|10|18)|e030):|EIP:|EIP is at|IP:|PC is at|pc ?:|NIP|epc ?:|ERA:|Krnl PSW ?:|PSW ?:)"
    r"[^+]{0,80}?" + _FUNCTION
)
_INTERRUPTED = re.compile(r"--- interrupt: [0-9a-f]{1,6} at " + _FUNCTION)  # arch/powerpc/kernel/process.c

# Old kernels end their raw dump of the stack with the announcement of its backtrace, on the same line.
_TRACE = re.compile(r"Call [Tt]race ?:|^\s{0,8}(?:Backtrace: ?$|backtrace(?: \(crc [0-9a-f]{1,8}\))?:)")
_START = re.compile(_TRACE.pattern + r"|^stack backtrace:")

# Dumps of other tasks that are often printed at the same time: lib/fault-inject.c and mm/page_alloc.c, warn_alloc().
_OTHER_DUMP = ("FAULT_INJECTION: forcing a failure", "allocation failure: ", "mems_allowed=", " cpuset=")

_FAULT_INJECTION = frozenset({"should_fail", "should_fail_ex", "fail_dump"})

# The next report of this console, and the parts of a report that tell the history of an object, not of this task.
_NEXT = re.compile(
    r"(?:BUG: |WARNING: |kernel BUG at |(?:Oops: )?general protection fault|Unhandled fault: |INFO: task |"
    r"(?:Freed|Allocated) by task |Uninit was |Local variable |Last potentially related work|"
    r"page last (?:allocated|free)|kfence-#)"
)


def is_start(text: str) -> bool:
    """Tell whether a line announces a backtrace."""
    return "race" in text and _START.search(text) is not None


def is_doubted(text: str) -> bool:
    """Tell whether a line names a function that the unwinder doubts."""
    frame = _FRAME.match(text)
    return frame is not None and frame[1] == "? "


def is_trace(text: str) -> bool:
    """Tell whether the next line is the first of a backtrace."""
    return "race" in text and _TRACE.search(text) is not None


def reliable(text: str) -> str | None:
    """Return the function that a line of a backtrace names; None where it names none, or the unwinder doubts it."""
    frame = _FRAME.match(text)
    if frame is not None:
        return None if frame[1] == "? " or text.endswith("(unreliable)") else frame[2]
    frame = _ARM.match(text)
    return frame[1] if frame is not None else None


def counter(text: str) -> str | None:
    """Return the function in which the program counter was, from a line of registers."""
    if "+0x" not in text:
        return None
    found = _COUNTER.match(text) or _INTERRUPTED.match(text)
    return found[1] if found is not None else None


def functions(
    lines: Sequence[Line], *, mixed: bool, through: bool = False, started: bool = False
) -> Iterator[str]:
    """Yield the functions of the stacks of a report, innermost first.

    Where one stack ends `END` is yielded.

    Args:
        lines: The report.
        mixed: Other tasks' lines may be among them: yield `MIXED` where that is seen.
        started: The stack follows the head at once, without an announcement.
        through: Go on behind the head of a further report (the first one may have been cut short by it).
    """
    for number, line in enumerate(lines):
        text = line.text
        if text.startswith((" ", "[")) and "+0x" in text:
            name = reliable(text) if started else None
        elif number and not through and _NEXT.match(text):
            return
        else:
            if mixed and any(mark in text for mark in _OTHER_DUMP):
                yield MIXED
            if _END.match(text):
                yield END
            name = counter(text) or (reliable(text) if started else None)
            started = started or name is not None or is_start(text)
        if name is not None:
            if mixed and name in _FAULT_INJECTION:
                yield MIXED
            yield name


def split(names: Iterable[str]) -> list[list[str]]:
    """Part functions into stacks, none of them empty, up to where another backtrace was mixed in."""
    stacks: list[list[str]] = [[]]
    for name in names:
        if name == MIXED:
            break
        if name == END:
            stacks.append([])
        else:
            stacks[-1].append(name)
    return [one for one in stacks if one]
