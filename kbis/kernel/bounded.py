"""Output of any length kept in bounded memory: the first bytes, the last bytes, and how many lie between."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes of an output are kept at its beginning and at its end."""

    head: int
    tail: int


@dataclass(frozen=True, slots=True)
class Output:
    """What was kept of an output.

    Attributes:
        head: The first bytes.
        tail: The last bytes; empty while everything fits in `head`.
        dropped: How many bytes between the two were not kept.
    """

    head: bytes = b""
    tail: bytes = b""
    dropped: int = 0

    def text(self) -> bytes:
        """The output as one text; a line of its own says where bytes are missing."""
        return self.part(0)

    def part(self, start: int, stop: int | None = None) -> bytes:
        """What was kept between two byte offsets of the whole output."""
        gap, resumes = len(self.head), len(self.head) + self.dropped
        stop = resumes + len(self.tail) if stop is None else stop
        tail = self.tail[max(start - resumes, 0) : max(stop - resumes, 0)]
        note = b"\n[kbis: %d bytes were not kept]\n" % self.dropped
        return (
            self.head[start:stop] + (note if self.dropped and start < gap and stop > resumes else b"") + tail
        )

    def end(self, size: int) -> bytes:
        """The last `size` bytes of what was kept."""
        return self.text()[-size:]


class Collector:
    """Collects an output piece by piece within limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._head = bytearray()
        self._tail = bytearray()
        self.size = 0

    def feed(self, piece: bytes) -> None:
        """Add the next piece."""
        self.size += len(piece)
        room = self._limits.head - len(self._head)
        self._head += piece[:room]
        self._tail += piece[room:]
        # Trimming only at twice the limit keeps the cost of a flood linear.
        if len(self._tail) > 2 * self._limits.tail:
            del self._tail[: len(self._tail) - self._limits.tail]

    def output(self) -> Output:
        """What has been kept so far."""
        tail = bytes(self._tail[-self._limits.tail :]) if self._limits.tail else b""
        return Output(bytes(self._head), tail, self.size - len(self._head) - len(tail))
