"""Console lines: strip what printk and the collector put in front, tell whose line it is."""

import re
from collections.abc import Iterator
from mmap import mmap
from typing import NamedTuple

Console = bytes | mmap
"""A console: in memory, or a file mapped into it."""

MAX_LINE_BYTES = 4096
"""A printk record is at most 1 KiB (LOG_LINE_MAX in kernel/printk/internal.h); what is longer is noise."""

# kernel/printk/printk.c: print_syslog() "<6>", print_time() "[%5lu.%06lu]", print_caller() "[%*s]" with T<pid>
# or C<cpu>, console_prepend_dropped() "** %lu printk messages dropped **".
# dmesg -T writes a date for the time, a journal its own date, host and "kernel:" before the message.
_TIME = rb"\[(?: {0,8}\d{1,8}\.\d{3,6}|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})\]"
JOURNAL = rb"(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT\S{8,24}) \S{1,64} kernel: "
_CALLER = rb"(?:\[ {0,8}([TC]\d{1,10})\])?"
_STAMP = re.compile(_TIME + _CALLER + rb" ?")
_JOURNALED = re.compile(JOURNAL)
_LINE = re.compile(rb"(?:<\d{1,3}>)?(" + JOURNAL + rb")?(" + _TIME + rb")?" + _CALLER + rb" ?([^\n]*)\n?")


class Line(NamedTuple):
    """One console line: a tuple, for a console has millions of them.

    Attributes:
        text: The message without its prefix, each byte as one character (Latin-1).
        end: Offset of the byte behind the line, which is its line feed.
        stamped: True where printk's time stamp, or that of a journal, stands before the message.
    """

    text: str
    end: int
    stamped: bool


class Head(NamedTuple):
    """The line in which a report begins.

    Attributes:
        line: The line, from the byte on where the report begins.
        start: Offset of the whole line's first byte.
        caller: ``T<pid>`` or ``C<cpu>`` where the kernel has CONFIG_PRINTK_CALLER, else b"".
        follows_stamp: True where the kernel's stamp, and nothing else, stands right before the report.
    """

    line: Line
    start: int
    caller: bytes
    follows_stamp: bool


def head(console: Console, at: int) -> Head:
    """Parse the line in which a report begins.

    Args:
        console: The console.
        at: Offset of the first byte of the report's first message.
    """
    start = max(console.rfind(b"\n", max(0, at - MAX_LINE_BYTES), at) + 1, at - MAX_LINE_BYTES)
    end = console.find(b"\n", at, at + MAX_LINE_BYTES)
    end = min(at + MAX_LINE_BYTES, len(console)) if end < 0 else end
    stamps = list(_STAMP.finditer(console, start, at))
    journaled = None if stamps else _JOURNALED.match(console, start, at)
    bare = None if stamps else _LINE.match(console, start, at)
    caller = stamps[-1][1] if stamps else bare and bare[3]
    behind = stamps[-1].end() if stamps else journaled and journaled.end()
    line = Line(str(console[at:end].rstrip(), "latin-1"), end, bool(behind))
    follows_stamp = bool(behind) and not console[behind:at].strip(b" \t[")
    return Head(line, start, caller or b"", follows_stamp)


def after(console: Console, start: int, limit: int, caller: bytes = b"") -> Iterator[Line]:
    """Yield the lines that begin between two offsets of a console.

    A stamp in mid-line wins over what stands before it: there the kernel interrupted another writer of the console.

    Args:
        console: The console.
        start: Offset of a line's first byte.
        limit: Offset behind the last byte that is looked at.
        caller: Only lines of this caller, where not b"".
    """
    limit = min(limit, len(console))
    for found in _LINE.finditer(console, start, limit):
        journal, time, whose, text = found.groups()
        stamped = time is not None or journal is not None
        if time is None:
            stamp = _STAMP.search(text)
            if stamp is not None:
                stamped, whose = True, stamp[1]
                text = text[stamp.end() :]
            elif not text and found.end() == limit:
                return
        if not caller or whose == caller:
            yield Line(str(text[:MAX_LINE_BYTES].rstrip(), "latin-1"), found.end(4), stamped)
