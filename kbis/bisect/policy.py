"""Policies: named, versioned rules from evidence to verdicts and from state to the next action."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from kbis.bisect.decision import Decision, Judgement
from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.bisect.kernels import Trees


@dataclass(frozen=True)
class Release:
    """A release tag and the commit it names."""

    name: str
    revision: bytes


@dataclass(frozen=True)
class Terrain:
    """What the repository says of a bisection's ground; the graph is None where its commits are not here.

    Attributes:
        graph: The commits between the ends.
        releases: Release tags before the bad end, newest first, for policies that look for a good end themselves.
        trees: The git trees of these commits, their parents and the tested revisions, as far as they are here.
    """

    graph: Graph | None
    releases: tuple[Release, ...] = ()
    trees: Trees = field(default_factory=Trees)


class Policy(Protocol):
    """A rule. It must be a pure function: the same facts give the same answer, for ever."""

    name: str
    """Name and version, as recorded in events."""

    boots: int
    """Boots a revision, when the user asks for no other number; of a policy that decides that itself, most boots of the
    bad end before the crash counts as not reproduced."""

    boots_are_fixed: bool
    """Whether no other number will do."""

    def judge(self, bisection: Bisection, revision: bytes) -> Judgement | None:
        """Return the verdict of a revision, or None while it needs more boots."""

    def decide(
        self, bisection: Bisection, terrain: Terrain, busy: AbstractSet[bytes] = frozenset()
    ) -> Decision:
        """Return what to do next, when others are testing the revisions in `busy`."""


@runtime_checkable
class Believer(Protocol):
    """A policy that can say how likely each candidate is to be the first bad commit."""

    def chances(self, bisection: Bisection, terrain: Terrain) -> Mapping[bytes, float]:
        """Return the chance of each candidate, oldest first in git's list order; none before they can be told."""


@runtime_checkable
class BootCounter(Protocol):
    """A policy that lets a revision be booted until there is a verdict, and can say how far that is."""

    def boots_left(self, bisection: Bisection, revision: bytes) -> int:
        """Return how many boots may be made at once, 1 or more.

        A verdict comes after so many, or before where an early boot settles it; never with more than it rests on.
        """


DEFAULT_POLICY = "bayes/1"
"""What a bisection is judged by unless its user chooses another."""


class UnknownPolicyError(LookupError):
    """No policy has this name."""


def policy_named(name: str) -> Policy:
    """Return the policy of a name like `git/1`.

    Raises:
        UnknownPolicyError: there is none; the message lists those there are.
    """
    from kbis.bisect.policies.bayes1 import Bayes1
    from kbis.bisect.policies.git1 import Git1
    from kbis.bisect.policies.syzkaller1 import Syzkaller1
    from kbis.bisect.policies.syzkaller2019 import Syzkaller2019

    known: dict[str, Policy] = {each.name: each for each in (Bayes1(), Git1(), Syzkaller1(), Syzkaller2019())}
    if name not in known:
        raise UnknownPolicyError(f"no policy is named {name}; there are {', '.join(known)}")
    return known[name]
