"""The console of a running guest: kept within limits, and watched for the two markers while it passes."""

from kbis.kernel.bounded import MIB, Collector, Limits, Output

LIMITS = Limits(head=MIB, tail=MIB)


class Console:
    """Collects what a guest prints; the markers are found even in a part of a flood that is not kept."""

    def __init__(self, ready: str, done: str) -> None:
        self._collector = Collector(LIMITS)
        self._ready, self._done = ready.encode("ascii"), done.encode("ascii")
        self._last = b""
        self.ready_at: int | None = None
        self.done_at: int | None = None

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
        # A marker may come in two pieces.
        self._last = window[-max(len(self._ready), len(self._done)) + 1 :]

    def output(self) -> Output:
        """What has been kept so far."""
        return self._collector.output()
