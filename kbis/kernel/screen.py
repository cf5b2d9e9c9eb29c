"""The text screen of a PC, for guests that print nowhere else: read from its memory, told as lines.

In the VGA text modes each of 25 rows of 80 cells has two bytes a cell from 0xb8000 on: a character of code page 437,
and its colours (https://wiki.osdev.org/Text_UI).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

ADDRESS = 0xB8000
ROWS, COLUMNS = 25, 80
BYTES = ROWS * COLUMNS * 2

LOOK_EVERY_S = 0.25
"""What a guest shows for less than this, or scrolls away, may not be seen."""

FILE = "screen"


class Screen:
    """Follows a screen from one look to the next.

    Args:
        file: Where QEMU saves the memory of the screen.
        feed: Is told what is new, as lines.
    """

    def __init__(self, file: Path, feed: Callable[[bytes], None]) -> None:
        self._file, self._feed = file, feed
        self._rows: tuple[bytes, ...] = ()

    def look(self) -> None:
        """Tell what is new in the file since the last look."""
        try:
            memory = self._file.read_bytes()
        except OSError:
            return
        if len(memory) != BYTES:
            return
        rows = rows_of(memory)
        said = news(self._rows, rows)
        self._rows = rows
        if said:
            self._feed(b"".join(row + b"\n" for row in said))


def rows_of(memory: bytes) -> tuple[bytes, ...]:
    """The rows of a screen, without the blanks behind them; what is not ASCII is a question mark."""
    shown = bytes(c if 0x20 <= c < 0x7F else 0x20 if c in {0, 0xFF} else 0x3F for c in memory[::2])
    return tuple(shown[at : at + COLUMNS].rstrip() for at in range(0, len(shown), COLUMNS))


def news(before: Sequence[bytes], now: Sequence[bytes]) -> list[bytes]:
    """The rows that were written between two looks; a row that went on is told again as a whole.

    A screen that scrolled shows its old rows further up; one that was drawn anew has none of them in order.
    """
    shift = next((n for n in range(len(before)) if _went_on(before[n:], now)), 0)
    old = [*before[shift:], *[b""] * len(now)]
    return [row for row, was in zip(now, old, strict=False) if row and row != was]


def _went_on(before: Sequence[bytes], now: Sequence[bytes]) -> bool:
    return any(before) and all(row.startswith(was) for was, row in zip(before, now, strict=False))
