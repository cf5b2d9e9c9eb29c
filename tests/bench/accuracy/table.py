"""The figures as text."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tests.bench.accuracy.calibration import Bin
from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.goals import Check
from tests.bench.accuracy.summary import Series

HEAD = (
    f"{'':20}{'exact':>7}{'right':>7}{'(95 %)':>12}{'contains':>10}{'concluded':>11}"
    f"{'boots':>9}{'±':>6}{'builds':>8}{'cost':>8}{'accused':>9}{'ms':>8}"
)


def block(tested: Sequence[Series], build_boots: float) -> Iterator[str]:
    """Yield the lines of one cell: all players side by side."""
    cell = tested[0].cell
    yield f"\n{tested[0].ground}, {described(cell)}; {len(tested[0].trials)} trials"
    yield HEAD
    for each in tested:
        low, high = each.interval("right")
        boots, _, most = each.mean("boots")
        yield (
            f"  {each.player:18}{each.share('exact'):7.3f}{each.share('right'):7.3f}{f'{low:.3f}-{high:.3f}':>12}"
            f"{each.share('contains'):10.3f}{each.share('concluded'):11.3f}{boots:9.1f}{most - boots:6.1f}"
            f"{each.mean('builds')[0]:8.1f}{each.cost(build_boots)[0]:8.1f}{each.mean('accused')[0]:9.1f}"
            f"{1000 * each.mean('seconds')[0]:8.0f}"
        )


def described(cell: Cell) -> str:
    """A cell in words."""
    return (
        f"p {cell.hits:g}, other crashes {cell.others:g}, boot failures {cell.boot_failures:g}, "
        f"broken builds {cell.broken:g} ({cell})"
    )


def overview(tested: Sequence[Series]) -> Iterator[str]:
    """Yield a Markdown table: cells by players, each `right / contains · boots`; contains where it differs."""
    players = list(dict.fromkeys(each.player for each in tested))
    yield "| history | p, q, boot failures, broken builds | " + " | ".join(players) + " |"
    yield "|---|---|" + "---|" * len(players)
    for ground, cell in dict.fromkeys((each.ground, each.cell) for each in tested):
        here = {each.player: each for each in tested if (each.ground, each.cell) == (ground, cell)}
        rates = ", ".join(str(cell).split(":"))
        yield f"| {ground} | {rates} | " + " | ".join(_short(here.get(name)) for name in players) + " |"


def _short(each: Series | None) -> str:
    if each is None:
        return ""
    right, contains = each.share("right"), each.share("contains")
    shares = f"{right:.2f}" if abs(right - contains) < 0.005 else f"{right:.2f}/{contains:.2f}"
    return f"{shares} · {each.mean('boots')[0]:.0f}"


def calibration(kind: str, curves: Mapping[str, Sequence[Bin]]) -> Iterator[str]:
    """Yield the lines of a reliability table."""
    yield f"\ncalibration of {kind}, all cells together"
    yield f"{'':20}{'stated':>16}{'mean':>9}{'right':>8}{'(95 %)':>16}{'statements':>12}"
    for name, bins in curves.items():
        for each in bins:
            low, high = each.interval
            yield (
                f"  {name:18}{f'{each.low:g} to {each.high:g}':>16}{each.stated:9.4f}{each.share:8.4f}"
                f"{f'{low:.4f}-{high:.4f}':>16}{each.count:12}"
            )


def goals(found: Sequence[Check]) -> Iterator[str]:
    """Yield the goals: a line each, then a line for each cell where one is missed or only just met."""
    for goal in dict.fromkeys(each.goal for each in found):
        here = [each for each in found if each.goal == goal]
        counted = Counter(each.answer for each in here)
        yield f"\ngoal: {goal}: " + ", ".join(f"{number} {answer}" for answer, number in counted.items())
        for each in here:
            if each.answer != "pass":
                yield f"  {each.answer:13}{each.ground} {each.cell}: {each.figures}"
