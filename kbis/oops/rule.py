"""A rule: how one message of the kernel is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kbis.oops import guilt
from kbis.oops.guilt import Guilt
from kbis.oops.report import Report


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule made of a report, before titles are written.

    Attributes:
        what: The title, or its part before " in FUNCTION".
        guilt: The guilty function and its stack; None where the title names no function.
        clusters: Further phrases under which the same crash may be known, as ``bad-access``: each with " in FUNCTION".
        also: Further whole titles.
        garbled: The message was found, but not what must follow it.
        needs_stack: The report is incomplete without a backtrace.
        behind: Follows the function in the title, as ``/usb_submit_urb``.
    """

    what: str
    guilt: Guilt | None = None
    clusters: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    garbled: bool = False
    needs_stack: bool = True
    behind: str = ""


Read = Callable[[Report, re.Match[str]], Reading | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one message of the kernel is read.

    Attributes:
        printed_by: The source file that prints the message.
        starts: What the message starts with, literally: consoles are searched for it.
        then: What follows; matched on the rest of the line.
        read: Makes a reading; None where the rule does not fit after all, so that the next one is asked.
    """

    printed_by: str
    starts: str
    then: re.Pattern[str]
    read: Read


def rule(printed_by: str, starts: str, then: str, read: Read) -> Rule:
    """Make a rule; see `Rule`."""
    return Rule(printed_by, starts, re.compile(then), read)


def on_stack(what: str, *clusters: str, skip: str = "") -> Read:
    """Read a report whose guilty function is the innermost of its stack.

    Args:
        what: The title before " in FUNCTION"; ``{0}``, ``{1}`` stand for the groups of the message.
        clusters: See `Reading`.
        skip: Functions not guilty in this kind of report, beside those that never are.
    """
    also = guilt.matcher(skip) if skip else None

    def read(report: Report, message: re.Match[str]) -> Reading:
        found = guilt.innermost(guilt.walk(report), also)
        return Reading(what.format(*message.groups("")), found, clusters)

    return read


def whole(what: str, *, needs_stack: bool = False) -> Read:
    """Read a report whose title names no function."""

    def read(_: Report, message: re.Match[str]) -> Reading:
        return Reading(what.format(*message.groups("")), needs_stack=needs_stack)

    return read
