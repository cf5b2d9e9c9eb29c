"""The grid of noise: what may go wrong with a boot or a build, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product

HIT_RATES = (1.0, 0.9, 0.5, 0.2, 0.05)
OTHER_CRASH_RATES = (0.0, 0.01, 0.05)
BOOT_FAILURE_RATES = (0.0, 0.1, 0.3)
BROKEN_SHARES = (0.0, 0.1)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One kind of world.

    Attributes:
        hits: Chance that a boot shows the bug where it is (p).
        others: Chance that a boot dies of an unrelated crash, anywhere (q).
        boot_failures: Chance that a kernel does not boot, each time.
        broken: Share of the revisions that do not build.
    """

    hits: float
    others: float
    boot_failures: float
    broken: float

    def __str__(self) -> str:
        return ":".join(f"{rate:g}" for rate in (self.hits, self.others, self.boot_failures, self.broken))


ALL = tuple(
    Cell(*rates) for rates in product(HIT_RATES, OTHER_CRASH_RATES, BOOT_FAILURE_RATES, BROKEN_SHARES)
)

SOME = (
    Cell(1, 0, 0, 0),
    Cell(1, 0, 0, 0.1),
    Cell(1, 0, 0.3, 0),
    Cell(1, 0.01, 0, 0),
    Cell(1, 0.05, 0, 0),
    Cell(1, 0.05, 0.3, 0.1),
    Cell(0.9, 0, 0, 0),
    Cell(0.9, 0.01, 0.1, 0),
    Cell(0.9, 0.05, 0, 0),
    Cell(0.9, 0.05, 0.3, 0.1),
    Cell(0.5, 0, 0, 0),
    Cell(0.5, 0, 0.3, 0),
    Cell(0.5, 0.01, 0.1, 0.1),
    Cell(0.5, 0.05, 0.1, 0),
    Cell(0.2, 0, 0, 0),
    Cell(0.2, 0.01, 0.1, 0.1),
    Cell(0.05, 0, 0, 0),
    Cell(0.05, 0.01, 0.1, 0.1),
)
"""What is run unless asked otherwise: each rate alone, and the rates together."""


def chosen(asked: str) -> tuple[Cell, ...]:
    """Return the cells that a user asked for.

    Args:
        asked: `some`, `all`, or patterns like `0.9:0.01:*:0` (hits, other crashes, boot failures, broken builds),
            separated by commas. A pattern without `*` may name rates that are not in the grid.

    Raises:
        ValueError: a pattern fits no cell.
    """
    if asked in ("some", "all"):
        return SOME if asked == "some" else ALL
    found = dict.fromkeys(cell for pattern in asked.split(",") for cell in _fitting(pattern.strip()))
    return tuple(found)


def _fitting(pattern: str) -> Iterator[Cell]:
    parts = pattern.split(":")
    if len(parts) != 4:
        raise ValueError(
            f"{pattern!r} is no cell: give four rates like 0.9:0.01:0.1:0, or * for any of the grid"
        )
    if "*" not in parts:
        rates = [float(part) for part in parts]
        if not all(0 <= rate <= 1 for rate in rates):
            raise ValueError(f"{pattern!r}: a rate is between 0 and 1")
        yield Cell(*rates)
        return
    wanted = ":".join(part if part == "*" else f"{float(part):g}" for part in parts)
    fitting = [cell for cell in ALL if fnmatchcase(str(cell), wanted)]
    if not fitting:
        raise ValueError(f"no cell of the grid fits {pattern!r}")
    yield from fitting
