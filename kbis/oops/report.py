"""One report: the lines of a console that belong together."""

import re
from dataclasses import dataclass

from kbis.oops import lines
from kbis.oops.crash import MAX_REPORT_BYTES
from kbis.oops.lines import Console, Line

MAX_REPORT_LINES = 1500
"""Lines of one report that are read; the longest single report (lockdep with a deep chain) has some hundred."""

MAX_WINDOW_BYTES = 1024 * 1024
"""How far behind its first line the lines of a report are looked for among those of other tasks."""

MAX_BEFORE_BYTES = 16 * 1024
"""How much of the console before a report is kept with it."""

_PANIC = "Kernel panic - not syncing"
_LONG_ENOUGH = 22
"""Kernels before 4.20 print the panic of panic_on_warn first and the backtrace of the warning after it
(kernel/panic.c, __warn). After as many lines the backtrace has been printed: what follows is the panic's own."""


@dataclass(frozen=True, slots=True)
class Report:
    """The lines of one report, in order.

    Attributes:
        lines: The first line begins with the message that says what happened.
        excerpt: The bytes of the console from the first line to the last.
        before: The bytes of the console before the first line, at most `MAX_BEFORE_BYTES`.
    """

    lines: tuple[Line, ...]
    excerpt: bytes
    before: bytes = b""

    @property
    def head(self) -> str:
        """The message that says what happened."""
        return self.lines[0].text

    @property
    def is_demultiplexed(self) -> bool:
        """True where each line names its caller, so that no line of another task is among them."""
        return bool(self.lines[0].caller)

    def first(self, pattern: re.Pattern[str], within: int = MAX_REPORT_LINES) -> re.Match[str] | None:
        """Find the first of the lines that matches.

        Args:
            pattern: Searched for in each line.
            within: How many lines are looked at.
        """
        for line in self.lines[:within]:
            found = pattern.search(line.text)
            if found is not None:
                return found
        return None


def collect(console: Console, at: int) -> Report:
    """Collect the report that begins at an offset of the console.

    Lines of other callers are left out where the kernel names the caller of each line.

    Args:
        console: The console.
        at: Offset of the message that says what happened.
    """
    first = lines.head(console, at)
    own = [first]
    for line in lines.after(console, first.end + 1, first.end + MAX_WINDOW_BYTES):
        if first.caller and line.caller != first.caller:
            continue
        if line.text.startswith(_PANIC) and len(own) > _LONG_ENOUGH:
            break
        own.append(line)
        if len(own) >= MAX_REPORT_LINES:
            break
    last = min(own[-1].end, first.start + MAX_REPORT_BYTES)
    return Report(tuple(own), console[first.start : last], console[max(0, first.start - MAX_BEFORE_BYTES) : first.start])
