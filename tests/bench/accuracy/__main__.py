"""Measure how often each policy is right, and what it costs: `make bench-accuracy`, docs/accuracy.md."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from tests.bench.accuracy import entrants, report, table
from tests.bench.accuracy.calibration import Kind
from tests.bench.accuracy.cells import chosen
from tests.bench.accuracy.goals import checks
from tests.bench.accuracy.ground import Ground, linear, read
from tests.bench.accuracy.players import Entrant
from tests.bench.accuracy.runner import Plan, run
from tests.bench.accuracy.summary import Series

ROOT = Path(__file__).resolve().parents[3]
REAL_GRAPH = ROOT / "../shared/graphs/git.parents.gz"
REAL_ENDS = "v2.30.0..v2.31.0"
OUT = ROOT / "build/bench/accuracy"
TRIALS = 40
PROCESSES = 2


def main(arguments: list[str]) -> int:
    """Run the benchmark; return the exit status."""
    asked = parse(arguments)
    try:
        planned = plan(asked)
    except (ValueError, OSError) as why:
        print(f"bench-accuracy: {why}", file=sys.stderr)
        return 2
    print(f"{', '.join(planned.entrants)}; seed {planned.seed}; a build costs {asked.build_boots:g} boots")
    started = time.monotonic()
    tested: list[Series] = []
    for cell in run(planned, asked.processes, _progress(started)):
        tested += cell
        print("\n".join(table.block(cell, asked.build_boots)), flush=True)
    found = list(checks(tested, asked.check_ends))
    for kind in get_args(Kind):
        print("\n".join(table.calibration(kind, report.curves(tested, kind))))
    print("\n".join(table.goals(found)))
    settings = {name: str(value) for name, value in vars(asked).items() if name != "out"}
    report.write(asked.out, settings, tested, found, asked.build_boots)
    print(f"\n{len(tested)} rows in {time.monotonic() - started:.0f} s; written to {asked.out}")
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench-accuracy", description=__doc__)
    parser.add_argument("--graph", default="", help="a graph file, or linear:N; several separated by commas")
    parser.add_argument("--range", default="", help="GOOD..BAD, tags or line numbers of the graph file")
    parser.add_argument("--trials", type=int, default=TRIALS, help="trials a cell")
    parser.add_argument("--cells", default="some", help="some, all, or patterns like 0.9:0.01:*:0")
    parser.add_argument("--policies", default="", help="names, separated by commas")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other dice")
    parser.add_argument(
        "--build-boots", type=float, default=entrants.BUILD_BOOTS, help="what a build costs, in boots"
    )
    parser.add_argument("--check-ends", action="store_true", help="let kbis's policies test the ends too")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--out", type=Path, default=OUT, help="where the report goes")
    return parser.parse_args(arguments)


def plan(asked: argparse.Namespace) -> Plan:
    """Turn what was asked into what is to be run.

    Raises:
        ValueError: it cannot be run; the message says why.
        OSError: a graph file cannot be read.
    """
    if asked.trials < 1:
        raise ValueError("at least one trial is needed")
    if asked.processes < 1:
        raise ValueError("at least one process is needed")
    return Plan(_grounds(asked), chosen(asked.cells), _entrants(asked), asked.trials, asked.seed)


def _grounds(asked: argparse.Namespace) -> tuple[Ground, ...]:
    names = [name for name in asked.graph.split(",") if name]
    if not names:
        if not REAL_GRAPH.exists():
            print("The real graph in ../shared/graphs is not here: a straight line only.", file=sys.stderr)
            return (linear(900),)
        return (read(REAL_GRAPH, asked.range or REAL_ENDS),)
    return tuple(
        linear(_length(name.removeprefix("linear:")))
        if name.startswith("linear:")
        else read(Path(name), asked.range or None)
        for name in names
    )


def _length(words: str) -> int:
    if not words.isdecimal() or int(words) < 2:
        raise ValueError(f"linear:{words} is no line: give a number of commits, as in linear:900")
    return int(words)


def _entrants(asked: argparse.Namespace) -> dict[str, Entrant]:
    names = [name for name in asked.policies.split(",") if name]
    found: dict[str, Entrant] = {}
    for name in names or entrants.DEFAULT:
        entrant = entrants.entrant(name, asked.build_boots, asked.check_ends)
        if entrant is not None:
            found[name] = entrant
        elif names:
            raise ValueError(
                f"nobody is called {name}: there are the policies of kbis and {', '.join(entrants.PEERS)}"
            )
    return found


def _progress(started: float) -> Callable[[float], None]:
    return Progress(started) if sys.stderr.isatty() else lambda share: None


class Progress:
    """Shows on the terminal how much is done and how long the rest may take."""

    def __init__(self, started: float) -> None:
        self._started = started

    def __call__(self, share: float) -> None:
        """Show it."""
        left = (time.monotonic() - self._started) * (1 - share) / share
        print(f"\r{share:6.1%}, {left:.0f} s left ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
