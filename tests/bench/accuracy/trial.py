"""One trial: a player in a world, until it accuses somebody."""

from collections import Counter
from dataclasses import dataclass, field

from tests.bench.accuracy.players import Accuse, Leaning, Player
from tests.bench.accuracy.world import World

MOST_BOOTS = 3000
"""A player that has not concluded after so many boots is stopped."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a trial.

    Attributes:
        exact: The culprit, and nobody else, was accused.
        right: The culprit was accused with nobody whom a revision that builds could have cleared.
        contains: The culprit was among the accused.
        concluded: The player accused somebody, rather than give up or be stopped.
        boots: VM runs.
        end_boots: Those of them at the two ends.
        builds: Kernels built, failed builds included.
        accused: How many commits.
        stated: How sure the player said to be, from 0 to 1.
        result: The kind of end.
        leaning: The chance that the player gave its likeliest culprit at the checkpoint of this trial.
        leaning_right: Whether that was the culprit.
        seconds: Processor time that the trial took; no part of what came of it.
    """

    exact: bool
    right: bool
    contains: bool
    concluded: bool
    boots: int
    end_boots: int
    builds: int
    accused: int
    stated: float | None
    result: str
    leaning: float | None = None
    leaning_right: bool = False
    seconds: float = field(default=0.0, compare=False)


ACCUSING = ("first bad commit", "untestable between", "range")


def play(world: World, player: Player, most_boots: int = MOST_BOOTS) -> Played:
    """Play to the end.

    Raises:
        AssertionError: the player wants to boot what it knows not to build.
    """
    boots: Counter[bytes] = Counter()
    builds: dict[bytes, bool] = {}
    end = Accuse((), None, "stopped")
    leaning: Leaning | None = None
    total = 0
    while total < most_boots:
        move = player.move()
        if isinstance(move, Accuse):
            end = move
            break
        revision = move.revision
        if revision not in builds:
            builds[revision] = world.builds(revision)
            player.built(revision, builds[revision])
            if not builds[revision]:
                continue
        assert builds[revision], f"{revision.hex()} is known not to build"
        player.booted(revision, world.boot(revision, boots[revision]))
        boots[revision] += 1
        total += 1
        if total == world.checkpoint:
            leaning = player.leaning()
    return _played(world, end, boots, len(builds), leaning)


def _played(world: World, end: Accuse, boots: Counter[bytes], builds: int, leaning: Leaning | None) -> Played:
    ground = world.ground
    culprit = ground.candidates.oids[world.culprit]
    accused = frozenset(end.commits) if end.result in ACCUSING else frozenset()
    contains = culprit in accused
    return Played(
        exact=accused == {culprit},
        right=contains and accused <= world.answer,
        contains=contains,
        concluded=bool(accused),
        boots=boots.total(),
        end_boots=boots[ground.good] + boots[ground.bad],
        builds=builds,
        accused=len(accused),
        stated=end.stated if accused else None,
        result=end.result,
        leaning=None if leaning is None else leaning.chance,
        leaning_right=leaning is not None and leaning.commit == culprit,
    )
