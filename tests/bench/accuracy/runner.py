"""Running many trials on a few processes; what comes out does not depend on how many."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.ground import Ground
from tests.bench.accuracy.players import Entrant
from tests.bench.accuracy.summary import Series
from tests.bench.accuracy.trial import Played, play
from tests.bench.accuracy.world import World

BATCH = 5
"""Trials that a process takes at a time."""


@dataclass(frozen=True)
class Plan:
    """All that is to be run."""

    grounds: tuple[Ground, ...]
    cells: tuple[Cell, ...]
    entrants: dict[str, Entrant]
    trials: int
    seed: int = 0


@dataclass(frozen=True)
class _Batch:
    ground: int
    cell: Cell
    first: int
    count: int


_plan: Plan
"""The plan, in a worker; it is inherited, so that nothing in it need be copied."""


def run(plan: Plan, processes: int, progress: Callable[[float], None]) -> Iterator[list[Series]]:
    """Yield all players' trials of one cell after the other.

    Args:
        plan: What to run.
        processes: How many at once.
        progress: Is told the share that is done.
    """
    global _plan  # noqa: PLW0603 - workers find it after the fork
    _plan = plan
    places = [(ground, cell) for ground in range(len(plan.grounds)) for cell in plan.cells]
    batches = [
        _Batch(ground, cell, first, min(BATCH, plan.trials - first))
        for ground, cell in places
        for first in range(0, plan.trials, BATCH)
    ]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        collected: dict[str, list[Played]] = {name: [] for name in plan.entrants}
        for number, (batch, played) in enumerate(zip(batches, pool.imap(_play, batches), strict=True), 1):
            for name, trials in played.items():
                collected[name] += trials
            progress(number / len(batches))
            if batch.first + batch.count == plan.trials:
                yield _tested(plan.grounds[batch.ground], batch.cell, collected)
                collected = {name: [] for name in plan.entrants}


def _tested(ground: Ground, cell: Cell, played: dict[str, list[Played]]) -> list[Series]:
    return [Series(ground.name, cell, name, tuple(trials)) for name, trials in played.items()]


class FailedTrialError(Exception):
    """A player raised an exception; the message says how to see the trial again."""


def _play(batch: _Batch) -> dict[str, list[Played]]:
    ground = _plan.grounds[batch.ground]
    numbers: Sequence[int] = range(batch.first, batch.first + batch.count)
    worlds = [World(ground, batch.cell, _plan.seed, number) for number in numbers]
    return {
        name: [_trial(world, name, entrant) for world in worlds] for name, entrant in _plan.entrants.items()
    }


def _trial(world: World, name: str, entrant: Entrant) -> Played:
    started = time.process_time()
    try:
        played = play(world, entrant(world.ground))
    except Exception as why:
        again = f"python -m tests.bench.accuracy.show {name} {world.cell} {world.trial} --seed {world.seed}"
        raise FailedTrialError(f"{name} failed on {world.ground.name}: {again}") from why
    return replace(played, seconds=time.process_time() - started)
