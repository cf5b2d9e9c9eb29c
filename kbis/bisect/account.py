"""What one boot says of the target, and why it counts or does not. Pure.

A boot speaks when the reproducer ran to its end (*miss*) or when the target showed (*hit*). What died of another crash
was cut short: the target might have shown a moment later. It is kept, and counts as nothing.
"""

from dataclasses import dataclass
from typing import Literal, assert_never

from kbis.bisect.compare import compare
from kbis.log.kinds import Boot, Target

Word = Literal["hit", "miss", "related", "other", "lost", "unbooted", "infra"]


@dataclass(frozen=True, slots=True)
class Account:
    """What a boot says: one word, and the reason in a clause."""

    word: Word
    reason: str

    @property
    def counts(self) -> bool:
        """Whether it is evidence about the target."""
        return self.word in ("hit", "miss")


_MISS = Account("miss", "the reproducer ran to its end without the target")
_LOST = Account("lost", "it ended without a report before the reproducer did")
_UNBOOTED = Account("unbooted", "it died before the reproducer ran")
_INFRA = Account("infra", "the lab failed")
_UNKNOWN = Account("other", "the target is not known yet")


def account_of(boot: Boot, target: Target | None) -> Account:
    """Return what a boot says of the target; without a target every crash is somebody else's."""
    match boot.outcome:
        case "ok":
            return _MISS
        case "infra":
            return _INFRA
        case "boot-failed":
            return _UNBOOTED
        case "lost":
            return _LOST
        case "crash" | "hang":
            if target is None:
                return _UNKNOWN if boot.outcome == "crash" else _LOST
            found = compare(boot, target)
            if found.kind == "same":
                return Account("hit", found.why)
            # A hang has no report that could be another bug's.
            word: Word = "lost" if boot.outcome == "hang" else found.kind
            return Account(word, found.why)
        case _:
            assert_never(boot.outcome)
