"""The console of a running guest: kept within limits, and watched for markers and patterns while it passes."""

import re
from collections.abc import Sequence

from kbis.kernel.bounded import MIB, Collector, Limits, Output
from kbis.kernel.terminal import lines, plain

LIMITS = Limits(head=MIB, tail=MIB)

LINE_BYTES = 4096
"""How much of one line the recipe's patterns see."""


class Console:
    """Collects what a guest prints; the markers are found even in a part of a flood that is not kept."""

    def __init__(
        self, ready: str, done: str, success: str | None = None, failure: Sequence[str] = ()
    ) -> None:
        self._success = re.compile(success.encode("ascii")) if success is not None else None
        self._failure = [re.compile(each.encode("ascii")) for each in failure]
        self._line = b""
        self._collector = Collector(LIMITS)
        self._ready, self._done = ready.encode("ascii"), done.encode("ascii")
        self._last = b""
        self.ready_at: int | None = None
        self.done_at: int | None = None
        self.success_at: int | None = None
        self.failed_line: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes printed so far."""
        return self._collector.size

    def feed(self, piece: bytes) -> None:
        """Add what the guest printed."""
        window = self._last + piece
        begins = self.size - len(self._last)
        self._collector.feed(piece)
        if self.ready_at is None and (at := window.find(self._ready)) >= 0:
            self.ready_at = begins + at + len(self._ready)
        if self.done_at is None and (at := window.find(self._done)) >= 0:
            self.done_at = begins + at + len(self._done)
        if self._success is not None or self._failure:
            self._match_lines(piece)
        # A marker may come in two pieces.
        self._last = window[-max(len(self._ready), len(self._done)) + 1 :]

    def settle(self) -> None:
        """Take the line that is being printed as it is: nothing more came for a while, or the guest has ended."""
        if self._line:
            self._match(self._line)

    def _match_lines(self, piece: bytes) -> None:
        """Hold the recipe's patterns against each line once its end has come: half of it may fit what all does not."""
        *whole, last = lines(self._line + piece)
        self._line = last[-LINE_BYTES:]
        for line in whole:
            self._match(line)

    def _match(self, line: bytes) -> None:
        shown = plain(line[-LINE_BYTES:])
        if self.failed_line is None and any(each.search(shown) for each in self._failure):
            self.failed_line = shown
        elif self.failed_line is not None and shown.startswith(self.failed_line):
            self.failed_line = shown  # the rest of the line has come
        if self.success_at is None and self._success is not None and self._success.search(shown):
            self.success_at = self.size

    def output(self) -> Output:
        """What has been kept so far."""
        return self._collector.output()
