"""Who writes the demo's history, and when. Nobody of these lives."""

from dataclasses import dataclass
from random import Random

MAINTAINER = "Ines Baro <ines@pebble.example>"

AUTHORS = (
    "Adaeze Okoro <adaeze@pebble.example>",
    "Bjarne Holt <bjarne@holt.example>",
    "Chiara Velde <chiara@velde.example>",
    "Dmitri Solun <dmitri@solun.example>",
    "Emi Takada <emi@takada.example>",
    "Farid Amrane <farid@amrane.example>",
    "Greta Lindqvist <greta@pebble.example>",
    "Hugo Marchetti <hugo@marchetti.example>",
    "Jun Park <jun@pebble.example>",
    MAINTAINER,
)

ZONES = ("+0000", "+0100", "+0200", "+0530", "+0900", "-0500", "-0800")

FIRST_COMMIT_S = 1_672_650_000
"""2023-01-02 09:00 UTC, seconds since 1970."""

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Stamp:
    """A person at a moment, as git writes it into a commit."""

    person: str
    second: int
    zone: str

    def __str__(self) -> str:
        return f"{self.person} {self.second} {self.zone}"


class Clock:
    """Time that passes from commit to commit, by a few hours."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._now = FIRST_COMMIT_S

    def tick(self) -> int:
        """The moment of the next commit, seconds since 1970."""
        self._now += self._rng.randrange(HOUR_S // 4, 9 * HOUR_S)
        return self._now

    def earlier(self, second: int) -> int:
        """When the patch of a commit may have been written."""
        return second - self._rng.randrange(60, 40 * HOUR_S)


def zone_of(person: str) -> str:
    """The time zone a person lives in."""
    return ZONES[AUTHORS.index(person) % len(ZONES)]
