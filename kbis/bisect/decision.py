"""What the judgement says: a verdict of one revision, and the next action of a bisection."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "bad", "skip"]

Result = Literal[
    "first bad commit",
    "range",
    "untestable between",
    "not reproduced at the bad end",
    "already bad at the oldest",
    "not confirmed",
]


Certainty = Literal["the answer", "no missed bug"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the evidence it stands on, in a few words."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Test:
    """Build this revision and boot it.

    Attributes:
        revision: The commit, 20 bytes.
        phase: Why it is tested: `bad end`, `good end`, `release v5.4`, `bisect`.
        left: Revisions left to test after this one, as git counts; None outside the search.
        steps: How many tests that is, roughly; None outside the search.
        boots: Boots to make before deciding again, fewer when one shows the target; None to boot until there is a
            verdict.
    """

    __test__ = False

    revision: bytes
    phase: str
    left: int | None = None
    steps: int | None = None
    boots: int | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """The next revision is in the search, but the commit graph that would name it is not here."""

    phase: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is left to test that others are not testing; `revisions` are theirs."""

    revisions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The end of a bisection.

    Attributes:
        result: What kind of end.
        candidates: The commits it speaks of: one for a first bad commit, several where they cannot be told apart.
        reason: Why, in a sentence.
        confidence_ppm: How sure, in parts per million; None where no figure can be given.
        remarks: Grounds to doubt it that the policy does not weigh, each a clause.
        sure_of: What `confidence_ppm` is the chance of: that the answer is right, or only that no good verdict is a bug
            unseen.
    """

    result: Result
    candidates: tuple[bytes, ...]
    reason: str
    confidence_ppm: int | None = None
    remarks: tuple[str, ...] = ()
    sure_of: Certainty = "the answer"


Decision = Test | Wait | Unseen | Conclusion
