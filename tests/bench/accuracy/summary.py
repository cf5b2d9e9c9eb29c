"""What came of all trials of one player in one cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.trial import Played
from tests.bench.accuracy.wilson import mean_interval, wilson


@dataclass(frozen=True)
class Series:
    """The trials of one player in one cell, in the order of their numbers."""

    ground: str
    cell: Cell
    player: str
    trials: tuple[Played, ...]

    def share(self, what: str) -> float:
        """The share of trials that are `exact`, `right`, `contains` or `concluded`."""
        return self.count(what) / len(self.trials)

    def count(self, what: str) -> int:
        """The number of trials that are so."""
        return sum(bool(getattr(each, what)) for each in self.trials)

    def interval(self, what: str) -> tuple[float, float]:
        """The Wilson interval of the share."""
        return wilson(self.count(what), len(self.trials))

    def mean(self, what: str) -> tuple[float, float, float]:
        """The mean of `boots`, `builds`, `accused` or `seconds`, with its interval."""
        return mean_interval([float(getattr(each, what)) for each in self.trials])

    def cost(self, build_boots: float) -> tuple[float, float, float]:
        """The mean cost in boots of one machine, with its interval, when a build costs so many boots."""
        return mean_interval([each.builds * build_boots + each.boots for each in self.trials])

    def row(self, build_boots: float) -> dict[str, object]:
        """All figures, for JSON."""
        shares = {
            what: {"share": self.share(what), "interval": self.interval(what)}
            for what in ("exact", "right", "contains", "concluded")
        }
        means = {
            name: {"mean": found[0], "interval": found[1:]}
            for name, found in (
                *((what, self.mean(what)) for what in ("boots", "end_boots", "builds", "accused", "seconds")),
                ("cost", self.cost(build_boots)),
            )
        }
        rates = {"p": self.cell.hits, "q": self.cell.others}
        rates |= {"boot_failures": self.cell.boot_failures, "broken": self.cell.broken}
        named = {"ground": self.ground, "cell": str(self.cell), **rates, "player": self.player}
        return {**named, "trials": len(self.trials), **shares, **means}


def find(tested: Sequence[Series], ground: str, cell: Cell, player: str) -> Series | None:
    """Return the trials of a player in a cell, if it took part."""
    wanted = (ground, cell, player)
    return next((each for each in tested if (each.ground, each.cell, each.player) == wanted), None)
