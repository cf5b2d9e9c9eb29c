"""Trouble: what a verification of the log found that is not as it should be.

A failure is something that honest use of kbis and git cannot produce; a warning is something a reader should know.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from kbis.log.count import Reason
from kbis.log.event import Event

Severity = Literal["failure", "warning"]

Matter = (
    Reason
    | Literal[
        "unreadable note",
        "foreign path",
        "copy",
        "unknown kind",
        "broken attachment",
        "forked history",
        "refused notes",
        "lines removed",
        "rolled back",
        "log set back",
        "cache differs",
        "second opinion differs",
    ]
)
"""What is wrong, in two words."""

KEPT = 200
"""Of each matter so many cases are kept one by one; of the others only the number: a flood must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One case: how grave, what, the detail, the note it lies on (object, hex), the event it would have been."""

    severity: Severity
    matter: Matter
    detail: str
    note: str | None = None
    event: Event | None = None


@dataclass
class Troubles:
    """Cases as they come in, each counted, the first of each matter kept."""

    totals: Counter[tuple[Severity, Matter]] = field(default_factory=Counter)
    kept: list[Trouble] = field(default_factory=list)

    def add(self, trouble: Trouble) -> None:
        """Take in one case."""
        sort = (trouble.severity, trouble.matter)
        self.totals[sort] += 1
        if self.totals[sort] <= KEPT:
            self.kept.append(trouble)

    @property
    def failures(self) -> int:
        """How many failures there are."""
        return sum(number for (severity, _), number in self.totals.items() if severity == "failure")
