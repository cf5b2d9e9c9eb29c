"""Who plays: anything that says what to boot next and, in the end, which commits it accuses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.bench.accuracy.ground import Ground
from tests.bench.accuracy.world import Shown


@dataclass(frozen=True, slots=True)
class TryRevision:
    """Boot this revision once; it is built first, if it was not yet."""

    revision: bytes


@dataclass(frozen=True, slots=True)
class Accuse:
    """The end.

    Attributes:
        commits: Those it may be; none where the player gives up.
        stated: How sure the player says to be, from 0 to 1; None where it does not say.
        result: The kind of end, in the player's words.
    """

    commits: tuple[bytes, ...]
    stated: float | None = None
    result: str = "first bad commit"


@dataclass(frozen=True, slots=True)
class Leaning:
    """The likeliest culprit so far, with its chance from 0 to 1."""

    commit: bytes
    chance: float


class Player(Protocol):
    """One policy in one trial."""

    def move(self) -> TryRevision | Accuse:
        """Say what to do next."""

    def built(self, revision: bytes, ok: bool) -> None:
        """Take note of a build."""

    def booted(self, revision: bytes, shown: Shown) -> None:
        """Take note of a boot."""

    def leaning(self) -> Leaning | None:
        """Say who is suspected most, and how strongly; None where the player does not think in chances."""


Entrant = Callable[[Ground], Player]
"""Makes a player for a ground; a player must draw nothing, so the same world gives the same moves."""
