"""One trial's world: where the bug came in, what does not build, and what each boot shows.

Every draw is a hash of the trial and of what is drawn, never of who asks or when: all policies that boot revision r for
the n-th time see the same.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Literal

from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.ground import Ground

Shown = Literal["ok", "target", "other", "boot-failed"]

BROKEN_STRETCH = 12
"""Mean length of a stretch of revisions that do not build, in commits of git's list order."""

CHECKPOINTS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Boots after which a player may be asked whom it suspects."""


@dataclass(frozen=True)
class World:
    """What a trial's players find.

    Attributes:
        ground: The history.
        cell: The noise.
        seed: Seed of the whole benchmark.
        trial: Number of the trial.
    """

    ground: Ground
    cell: Cell
    seed: int
    trial: int

    @cached_property
    def culprit(self) -> int:
        """Position of the first bad commit, uniform over the candidates."""
        return int(self._draws(b"culprit")[0] * len(self.ground))

    @cached_property
    def broken(self) -> bytearray:
        """Mark with 1 what does not build.

        A chain along git's list order: what builds is followed by what does not with a chance that gives the cell's
        share in the long run, and a stretch ends at each commit with chance 1 / `BROKEN_STRETCH`. The ends build.
        """
        marked = bytearray(len(self.ground))
        share = self.cell.broken
        if share:
            leave = 1 / BROKEN_STRETCH
            enter = leave * share / (1 - share)
            state = False
            for t in range(len(marked)):
                drawn = self._draws(b"build %d" % t)[0]
                state = drawn < share if t == 0 else drawn >= leave if state else drawn < enter
                marked[t] = state
            marked[-1] = 0
        return marked

    @cached_property
    def with_bug(self) -> bytearray:
        """Mark with 1 the revisions that have the bug."""
        return self.ground.descendants(self.culprit)

    @cached_property
    def answer(self) -> frozenset[bytes]:
        """The narrowest true answer: the culprit, and whatever no revision that builds can tell from it."""
        ground = self.ground
        if not any(self.broken):
            return frozenset([ground.candidates.oids[self.culprit]])
        # Two candidates are alike when the same testable revisions contain them: sums of random weights tell.
        marks = [0 if dead else self._word(b"mark %d" % t) for t, dead in enumerate(self.broken)]
        sums = ground.ancestry.descendant_sums(marks)
        alike = sums[self.culprit]
        return frozenset(oid for oid, each in zip(ground.candidates.oids, sums, strict=True) if each == alike)

    @cached_property
    def checkpoint(self) -> int:
        """After how many boots the player is asked whom it suspects; once a trial keeps the answers independent."""
        return CHECKPOINTS[int(self._draws(b"checkpoint")[0] * len(CHECKPOINTS))]

    def builds(self, revision: bytes) -> bool:
        """Whether the revision builds; the good end does."""
        at = self.ground.position.get(revision)
        return at is None or not self.broken[at]

    def boot(self, revision: bytes, number: int) -> Shown:
        """What the n-th boot of a revision shows.

        First it may fail to boot, then it may die of an unrelated crash, and only then can the bug show.
        """
        cell = self.cell
        failed, other, hit = self._draws(b"boot %b %d" % (revision, number))
        if failed < cell.boot_failures:
            return "boot-failed"
        if other < cell.others:
            return "other"
        at = self.ground.position.get(revision)
        return "target" if at is not None and self.with_bug[at] and hit < cell.hits else "ok"

    @cached_property
    def _key(self) -> bytes:
        said = f"{self.ground.name} {self.cell} {self.seed} {self.trial}"
        return blake2b(said.encode(), digest_size=32).digest()

    def _draws(self, what: bytes) -> tuple[float, float, float]:
        """Three numbers in [0, 1) for a thing that is drawn."""
        drawn = blake2b(what, digest_size=24, key=self._key).digest()
        one, two, three = (int.from_bytes(drawn[at : at + 8]) for at in (0, 8, 16))
        # A double has 53 bits: dropping the others keeps every quotient below one.
        return (one >> 11) / 2**53, (two >> 11) / 2**53, (three >> 11) / 2**53

    def _word(self, what: bytes) -> int:
        return int.from_bytes(blake2b(what, digest_size=8, key=self._key).digest())
