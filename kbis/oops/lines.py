"""Console lines: strip what printk and the collector put in front, tell whose line it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

Console = bytes | mmap
"""A console: in memory, or a file mapped into it."""

MAX_LINE_BYTES = 4096
"""A printk record is at most 1 KiB (LOG_LINE_MAX in kernel/printk/internal.h); what is longer is noise."""

# kernel/printk/printk.c: print_syslog() "<6>", print_time() "[%5lu.%06lu]", print_caller() "[%*s]" with T<pid>
# or C<cpu>, console_prepend_dropped() "** %lu printk messages dropped **".
_STAMP = re.compile(rb"\[ {0,8}\d{1,8}\.\d{3,6}\](?:\[ {0,8}([TC]\d{1,10})\])? ?")
_BARE = re.compile(rb"(?:<\d{1,3}>)?(?:\[ {0,8}([TC]\d{1,10})\] ?)?")


@dataclass(frozen=True, slots=True)
class Line:
    """One console line.

    Attributes:
        text: The message without its prefix, each byte as one character (Latin-1).
        caller: ``T<pid>`` or ``C<cpu>`` where the kernel has CONFIG_PRINTK_CALLER, else "".
        start: Offset of the line in the console, in bytes.
        end: Offset behind it, without the line feed.
        stamped: True where printk's time stamp stands before the message.
    """

    text: str
    caller: str
    start: int
    end: int
    stamped: bool = False


def parse(raw: bytes, start: int = 0) -> Line:
    """Parse one line.

    A stamp in mid-line wins over what stands before it: there the kernel interrupted another writer of the console.

    Args:
        raw: The bytes of the line, without the line feed.
        start: Their offset in the console.
    """
    end = start + len(raw)
    stamp = _STAMP.search(raw) or _BARE.match(raw)
    if stamp is None:
        return Line(raw.decode("latin-1"), "", start, end)
    text = raw[stamp.end() :].rstrip(b"\r \t").decode("latin-1")
    return Line(text, (stamp[1] or b"").decode(), start, end, stamp.re is _STAMP)


def head(console: Console, at: int) -> Line:
    """Parse the line in which a report begins, from the byte on where it begins.

    Args:
        console: The console.
        at: Offset of the first byte of the report's first message.
    """
    start = max(console.rfind(b"\n", max(0, at - MAX_LINE_BYTES), at) + 1, at - MAX_LINE_BYTES)
    end = console.find(b"\n", at, at + MAX_LINE_BYTES)
    end = min(at + MAX_LINE_BYTES, len(console)) if end < 0 else end
    before = console[start:at]
    stamps = list(_STAMP.finditer(before))
    stamp = stamps[-1] if stamps else _BARE.match(before)
    caller = (stamp[1] or b"").decode() if stamp else ""
    return Line(console[at:end].rstrip(b"\r \t").decode("latin-1"), caller, start, end, bool(stamps))


def after(console: Console, start: int, limit: int) -> Iterator[Line]:
    """Yield the lines that begin between two offsets of a console."""
    limit = min(limit, len(console))
    while start < limit:
        end = console.find(b"\n", start, limit)
        end = limit if end < 0 else end
        line = parse(console[start : min(end, start + MAX_LINE_BYTES)], start)
        yield line
        start = end + 1
