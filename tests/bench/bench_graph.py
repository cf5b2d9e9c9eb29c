"""Time the git/1 pick on the real history beside `git rev-list --bisect` on the same range.

Run from the repository root: `python tests/bench/bench_graph.py [COMMITS...]`. Each number is a
range of that many of the youngest commits, about; by default the whole history is among them, on
which git alone takes seconds.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kbis.bisect.ancestry import ancestry
from kbis.bisect.gitpick import Pick, pick
from kbis.run.history import load_graph
from tests.graphs import REAL_PARENTS, History, dates, git, real_parents, repository

SIZES = (1_000, 15_000, 81_966)

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Run once; return the seconds it took and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def compare(directory: Path, history: History, goods: list[str]) -> str:
    """Time both on one range; return a line of the table."""
    load_s, graph = timed(lambda: load_graph(directory, "main", goods))
    range_s, candidates = timed(lambda: graph.range(history.oids[-1], []))
    pick_s, answer = timed(lambda: pick(candidates, frozenset()))
    sums = ancestry(candidates)
    sum_s, _ = timed(lambda: sums.ancestor_sums([0.5] * len(candidates)))
    git_s, told = timed(lambda: git(directory, "rev-list", "--bisect", "main", "--not", *goods).strip())
    if not isinstance(answer, Pick) or answer.revision.hex() != told:
        sys.exit(f"git picked {told}, we {answer}")
    ratio = git_s / (range_s + pick_s)
    return f"{len(candidates):7} {load_s:8.3f} {range_s:8.3f} {pick_s:8.3f} {sum_s:8.3f} {git_s:8.3f}   {ratio:.1f}"


def main(sizes: list[int]) -> None:
    if not REAL_PARENTS.exists():
        sys.exit(f"There is no commit graph at {REAL_PARENTS}.")
    parents = real_parents()
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "graph.git"
        history = repository(directory, parents, dates(random.Random(0), len(parents), "plain"))
        git(directory, "commit-graph", "write")
        print("commits   load s  range s   pick s    sum s    git s   git / (range + pick)")
        for size in sizes:
            print(compare(directory, history, [history.oids[-size].hex()] if size < len(parents) else []))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
