"""Which function of a stack the title names."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from kbis.oops import stack
from kbis.oops.crash import MAX_FRAMES
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.skips import is_never_guilty


@dataclass(frozen=True, slots=True)
class Guilt:
    """The guilty function and the stack from it outwards; "" and () where the report does not tell."""

    frame: str = ""
    frames: tuple[str, ...] = ()


UNKNOWN = Guilt()


def matcher(names: str) -> Callable[[str], bool]:
    """Make a test for a space-separated list of names, each a regular expression that must match whole."""
    return re.compile("|".join(names.split())).fullmatch  # type: ignore[return-value]


def stacks(report: Report, *, through: bool = False, started: bool = False) -> list[list[str]]:
    """Return the stacks of the report, each innermost first, up to where another backtrace was mixed in.

    A function that stands there several times in a row stands for one.

    Args:
        report: The report.
        through: Go on behind the head of a further report.
        started: The stack follows the head at once, without an announcement.
    """
    mixed = not report.is_demultiplexed
    parts = stack.split(stack.functions(report.lines, mixed=mixed, through=through, started=started))
    return [[name for name, _ in groupby(map(plain, part))] for part in parts]


def walk(report: Report, *, through: bool = False, started: bool = False) -> list[str]:
    """Return the functions of all stacks of the report, one behind the other; see `stacks`."""
    return [name for part in stacks(report, through=through, started=started) for name in part]


def innermost(names: Sequence[str], also: Callable[[str], object] | None = None) -> Guilt:
    """Choose the innermost function that may be guilty.

    Args:
        names: A stack, innermost first.
        also: Tells which further functions are not guilty in this kind of report.
    """
    for number, name in enumerate(names):
        if not is_never_guilty(name) and not (also and also(name)):
            return Guilt(name, tuple(names[number : number + MAX_FRAMES]))
    return UNKNOWN


def named(
    name: str,
    report: Report,
    *,
    through: bool = False,
    started: bool = False,
    also: Callable[[str], object] | None = None,
) -> Guilt:
    """Take a function that the report names outside its stack, or the innermost of the stack if it is never guilty."""
    name = plain(name)
    names = walk(report, through=through, started=started)
    if not name or is_never_guilty(name) or (also and also(name)):
        return innermost(names, also)
    outwards = names[names.index(name) :] if name in names else [name, *names]
    return Guilt(name, tuple(outwards[:MAX_FRAMES]))


# What a blocked task waits in, on behalf of its caller.
_WAITS = matcher(r"""
    \w*fdatawait\w* \w*wait_for_completion\w* wait_woken exp_funnel_lock console_lock __switch_to
    context_switch schedule\w* __schedule\w* io_schedule\w* schedule_timeout\w* preempt_schedule\w*
    wait_for_\w+ __wait_\w+ wait_on_\w+ _wait_\w+ do_wait_for_\w+ bit_wait\w* out_of_line_wait\w*
    prepare_to_wait\w* __flush_work flush_work flush_workqueue __flush_workqueue drain_workqueue
    __cancel_work\w* cancel_work\w* cancel_delayed_work\w* rcu_barrier\w* _rcu_barrier\w* __folio_lock\w*
    folio_lock\w* folio_wait\w* __lock_page\w* lock_page\w* lock_buffer __lock_buffer kthread_stop\w*
    completion_\w+ usb_start_wait_urb usb_control_msg\w* usb_kill_urb refrigerator __refrigerator
    do_nanosleep hrtimer_nanosleep msleep\w* usleep_\w+
""")  # kernel/sched, kernel/workqueue.c, mm/filemap.c, fs/buffer.c, drivers/usb/core/message.c


def blocked(names: Sequence[str]) -> Guilt:
    """Choose the function in which a task is blocked, behind those that only wait."""
    return innermost(names, _WAITS)
