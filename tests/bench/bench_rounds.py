"""Count the rounds that several workers need together: `python -m tests.bench.bench_rounds [TRIALS]`.

In a round every worker boots one revision once; `kbis.bisect.batch` plans the round, and all are told what all have
seen before the next one. The graph is git's own history between two of its releases, the bug shows in every boot.
"""

import sys
import time
from statistics import mean

from kbis.bisect.batch import batch
from kbis.bisect.decision import Conclusion, Test
from kbis.bisect.policy import policy_named
from tests.bench.accuracy.__main__ import REAL_ENDS, REAL_GRAPH
from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.entrants import BUILD_BOOTS
from tests.bench.accuracy.ground import Ground, read
from tests.bench.accuracy.policies import PolicyPlayer
from tests.bench.accuracy.world import World

TRIALS = 10

WORKERS = (1, 2, 4, 8)

PROTOTYPE = {1: 11.9, 2: 7.7, 4: 5.0, 8: 3.8}
"""Mean rounds of a prototype with greedy joint information gain on the same graph; it took the bad end on trust.

Source: the project's study of noisy bisection, section "Side by side". `bayes/1` looks at the bad end once before it
begins, and that is one round for all.
"""

SILENCE = 500
"""Rounds after which something is wrong."""


def main(trials: int) -> int:
    """Print the table; return the exit status."""
    if not REAL_GRAPH.exists():
        print("The real graph in ../shared/graphs is not here.", file=sys.stderr)
        return 0
    ground = read(REAL_GRAPH, REAL_ENDS)
    print(f"{len(ground)} commits, p = 1, {trials} trials; policy bayes/1")
    print("workers  rounds  less the bad end  boots  prototype's rounds  right   s a trial")
    for workers in WORKERS:
        began = time.perf_counter()
        played = [rounds(ground, trial, workers) for trial in range(trials)]
        seconds = (time.perf_counter() - began) / trials
        mean_rounds = mean(each for each, _, _ in played)
        right = sum(found for _, _, found in played)
        print(
            f"{workers:7}  {mean_rounds:6.1f}  {mean_rounds - 1:16.1f}  {mean(each for _, each, _ in played):5.1f}  "
            f"{PROTOTYPE[workers]:18.1f}  {right}/{trials}  {seconds:9.2f}"
        )
    return 0


def rounds(ground: Ground, trial: int, workers: int) -> tuple[int, int, bool]:
    """Play one trial; return its rounds, its boots, and whether the culprit was found."""
    world = World(ground, Cell(1.0, 0.0, 0.0, 0.0), 0, trial)
    policy = policy_named("bayes/1")
    player = PolicyPlayer(policy, ground, BUILD_BOOTS)
    booted: dict[bytes, int] = {}
    for number in range(SILENCE):
        decisions = batch(policy, player.state(), player.terrain, workers)
        end = decisions[0]
        if isinstance(end, Conclusion):
            return number, sum(booted.values()), end.candidates == (ground.candidates.oids[world.culprit],)
        for each in decisions:
            assert isinstance(each, Test), each
            if each.revision not in booted:
                player.built(each.revision, world.builds(each.revision))
            player.booted(each.revision, world.boot(each.revision, booted.get(each.revision, 0)))
            booted[each.revision] = booted.get(each.revision, 0) + 1
    raise AssertionError(f"no end after {SILENCE} rounds")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS))
