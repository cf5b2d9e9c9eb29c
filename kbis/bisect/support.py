"""Is a verdict borne out by the evidence about the target, whatever policy gave it? Pure.

A verdict may follow from its policy and be wrong all the same: a rule that takes any crash for the target blames the
innocent. So each is held against what the boots say of the target here, and how often it shows where it shows at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kbis.bisect.account import Account, account_of
from kbis.bisect.confidence import chance_all_missed
from kbis.bisect.decision import Verdict
from kbis.bisect.fold import Bisection
from kbis.bisect.tally import Tally, tally
from kbis.bisect.target import target_of
from kbis.log.event import Event
from kbis.log.kinds import Boot, Override, Target
from kbis.log.kinds import Verdict as VerdictFact

Support = Literal["borne out", "weak", "not borne out", "a person's word", "unknown"]

WEAK_CHANCE = 0.05
"""A good verdict whose boots would have missed the bug more often than this is weak: 1 in 20, a convention."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The boots of all other kernels that showed the target: how often it shows where it is."""

    hits: int
    misses: int
    revisions: int


@dataclass(frozen=True)
class Standing:
    """What is known of one revision.

    Attributes:
        revision: The revision.
        target: The target; None when it is not known.
        accounts: Each boot of its kernel with what it says.
        tally: The same, counted.
        elsewhere: What other kernels showed.
        chance_missed: If the bug were here, the chance that no boot that ran to its end would have shown it; None
            where one did, none ran to its end, or the target shows nowhere else.
    """

    revision: bytes
    target: Target | None
    accounts: tuple[tuple[Event, Account], ...]
    tally: Tally
    elsewhere: Elsewhere
    chance_missed: float | None


def tallies_of(bisection: Bisection) -> Mapping[bytes, Tally]:
    """Count the boots of every touched revision."""
    target = target_of(bisection)
    return {each.revision: tally(each.boots, target) for each in bisection.evidence.values()}


def standing_of(
    bisection: Bisection, revision: bytes, tallies: Mapping[bytes, Tally] | None = None
) -> Standing:
    """Gather what is known of a revision; boots of one kernel count for every revision that has it.

    Args:
        bisection: The state.
        revision: The revision.
        tallies: What `tallies_of` gives, where many revisions are asked for.
    """
    target = target_of(bisection)
    boots = bisection.shared(revision).boots
    accounts = tuple((each, account_of(each.data, target)) for each in boots if isinstance(each.data, Boot))
    own = tally(boots, target)
    twins = bisection.kernels.twins(revision)
    counted = tallies_of(bisection) if tallies is None else tallies
    showing = [each for other, each in counted.items() if each.hits and other not in twins]
    elsewhere = Elsewhere(
        sum(each.hits for each in showing), sum(each.misses for each in showing), len(showing)
    )
    unseen = not own.hits and own.misses and elsewhere.hits
    chance = chance_all_missed(elsewhere.hits, elsewhere.misses, own.misses) if unseen else None
    return Standing(revision, target, accounts, own, elsewhere, chance)


def support_of(verdict: Verdict, standing: Standing) -> Support:
    """Say whether a verdict is borne out by what is known of the target."""
    own = standing.tally
    if standing.target is None:
        return "unknown"
    match verdict:
        case "bad":
            return "borne out" if own.hits else "not borne out"
        case "skip":
            return "not borne out" if own.hits else "borne out"
        case "good" if own.hits or not own.misses:
            return "not borne out"
        case "good" if standing.chance_missed is None:
            return "unknown"
        case "good":
            return "borne out" if standing.chance_missed <= WEAK_CHANCE else "weak"


def support_of_event(event: Event, bisection: Bisection, standing: Standing) -> Support:
    """Say whether a recorded verdict is borne out; one that repeats a person's word stands on that."""
    assert isinstance(event.data, VerdictFact)  # noqa: S101 - asked for verdict events only
    word = bisection.of(event.object).override
    if word is not None and isinstance(word.data, Override) and word.data.verdict == event.data.verdict:
        return "a person's word"
    return support_of(event.data.verdict, standing)


def contradicts(verdict: Verdict, standing: Standing) -> bool:
    """Say whether boots speak against a verdict that does not stand on them: a person's word.

    Boots that are missing do not. Nor do boots that passed, as long as a revision with the bug could well pass them.
    """
    match verdict:
        case "good" | "skip":
            return standing.tally.hits > 0
        case "bad":
            return support_of("good", standing) == "borne out"
