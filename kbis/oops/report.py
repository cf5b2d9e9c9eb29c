"""One report: the lines of a console that belong together."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from kbis.oops import lines
from kbis.oops.crash import MAX_REPORT_BYTES
from kbis.oops.lines import Console, Line

MAX_REPORT_LINES = 1500
"""Lines of one report that are read; the longest single report (lockdep with a deep chain) has some hundred."""

MAX_WINDOW_BYTES = 1024 * 1024
"""How far behind its first line the lines of a report are looked for among those of other tasks."""

MAX_BEFORE_BYTES = 1024
"""How much of the console before a report is looked at."""

MAX_OPENING_BYTES = 1024
"""How much of the console from the report's first line on is looked at, where that is to be quick."""

_PANIC = "Kernel panic - not syncing"
_LONG_ENOUGH = 22
"""Kernels before 4.20 print the panic of panic_on_warn first and the backtrace of the warning after it
(kernel/panic.c, __warn). After as many lines the backtrace has been printed: what follows is the panic's own."""


class Report:
    """The lines of one report, read from the console as they are asked for.

    Lines of other callers are left out where the kernel names the caller of each line.

    """

    def __init__(self, console: Console, at: int) -> None:
        """Begin the report at an offset of the console: that of the message that says what happened."""
        self._console = console
        self._head = lines.head(console, at)

    @property
    def head(self) -> str:
        """The message that says what happened."""
        return self._head.line.text

    @property
    def is_stamped(self) -> bool:
        """True where the kernel's time stamp stands before that message."""
        return self._head.line.stamped

    @property
    def follows_stamp(self) -> bool:
        """True where the time stamp, and nothing else, stands right before that message."""
        return self._head.follows_stamp

    @property
    def is_demultiplexed(self) -> bool:
        """True where each line names its caller, so that no line of another task is among them."""
        return bool(self._head.caller)

    @property
    def before(self) -> bytes:
        """The bytes of the console before the first line, at most `MAX_BEFORE_BYTES`."""
        start = self._head.start
        return self._console[max(0, start - MAX_BEFORE_BYTES) : start]

    @property
    def opening(self) -> bytes:
        """The bytes of the console from the first line on, at most `MAX_OPENING_BYTES`."""
        start = self._head.start
        return self._console[start : start + MAX_OPENING_BYTES]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines, in order, the first one included, at most `MAX_REPORT_LINES`."""
        return tuple(self._own())

    @property
    def excerpt(self) -> bytes:
        """The bytes of the console from the first line to the last, at most `MAX_REPORT_BYTES`."""
        start = self._head.start
        return self._console[start : min(self.lines[-1].end, start + MAX_REPORT_BYTES)]

    def near(self, count: int) -> tuple[Line, ...]:
        """Return the first lines, without reading on.

        Args:
            count: How many, the first one included.
        """
        return tuple(islice(self._own(), count))

    def first(self, pattern: re.Pattern[str], within: int) -> re.Match[str] | None:
        """Find the first of the first lines in which a pattern is found.

        Args:
            pattern: Searched for in each line.
            within: How many lines are looked at.
        """
        return next(filter(None, (pattern.search(line.text) for line in self.near(within))), None)

    def _own(self) -> Iterator[Line]:
        first = self._head.line
        yield first
        count = 1
        for line in lines.after(
            self._console, first.end + 1, first.end + MAX_WINDOW_BYTES, self._head.caller
        ):
            count += 1
            if count > MAX_REPORT_LINES or (count > _LONG_ENOUGH + 1 and line.text.startswith(_PANIC)):
                return
            yield line
