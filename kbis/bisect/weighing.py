"""From the facts of a bisection to what is believed about its candidates. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from math import sqrt

from kbis.bisect.candidates import Candidates
from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.bisect.no_op import is_no_op
from kbis.bisect.posterior import Kernel
from kbis.bisect.prospects import Site
from kbis.bisect.rates import Counts
from kbis.bisect.tally import Tally, tally
from kbis.log.event import Event
from kbis.log.kinds import Boot, Build, Override, Target

DEAD_BOOTS = 8
"""Boots that all died before the reproducer's end make a revision untestable; by chance 1 in 15,000 at 3 in 10."""


USUAL_COST, MOST_COST = 6.0, 600.0
"""What a build costs, in boots, before any was timed, and the most it is taken to cost."""

BUILD_WEIGHT = 0.3
"""What a build of the usual cost weighs, in boots, when the next test is chosen."""


@dataclass(frozen=True)
class Seen:
    """The facts of a bisection, sorted for weighing.

    Attributes:
        tallies: Boots of each revision itself, for touched ones and those that are one kernel with them.
        sites: What is known of testing each.
        kernels: What was tested, each kernel once.
        untestable: Revisions that do not build, whose boots all die, or of which a person said skip.
    """

    tallies: Mapping[bytes, Tally]
    sites: Mapping[bytes, Site]
    kernels: tuple[Kernel, ...]
    untestable: frozenset[bytes]


def seen(bisection: Bisection, target: Target | None) -> Seen:
    """Sort the facts."""
    tallies, sites, untestable = {}, {}, set()
    same: dict[tuple[bytes, ...], list[bytes]] = defaultdict(list)
    kernels = []
    for revision in bisection.weighed:
        evidence, whole = bisection.of(revision), bisection.shared(revision)
        own = tally(evidence.boots, target)
        tallies[revision] = own
        shared = tally(whole.boots, target)
        sites[revision] = Site(_built(evidence.builds, own), shared.telling, shared.cut_short)
        said = evidence.override.data if evidence.override is not None else None
        if isinstance(said, Override):
            if said.verdict == "skip":
                untestable.add(revision)
            else:
                kernels.append(Kernel((revision,), Counts(0, 0), said.verdict))
            continue
        dead = not shared.telling and shared.cut_short >= DEAD_BOOTS
        if dead or _built(whole.builds, shared) is False:
            untestable.add(revision)
        same[bisection.kernels.twins(revision)].append(revision)
    for revisions in same.values():
        counts = Counts(
            sum(tallies[each].hits for each in revisions), sum(tallies[each].misses for each in revisions)
        )
        if counts.hits or counts.misses:
            kernels.append(Kernel(tuple(sorted(revisions)), counts))
    return Seen(tallies, sites, tuple(kernels), frozenset(untestable))


def unchanged(bisection: Bisection, graph: Graph, candidates: Candidates) -> frozenset[bytes]:
    """Return the candidates whose kernel is that of all their parents: they cannot have brought the bug."""
    spoken_of = {*bisection.weighed, *chain.from_iterable(bisection.kernels.trees.alike.values())}
    return frozenset(
        each for each in spoken_of if each in candidates.position and is_no_op(bisection.kernels, graph, each)
    )


def boots_a_build(bisection: Bisection) -> float:
    """Return how many boots take the time of one build, by those that were timed; at most `MOST_COST`."""
    found = bisection.evidence.values()
    builds = _times(each for evidence in found for each in evidence.builds)
    boots = _times(each for evidence in found for each in evidence.boots)
    if not builds or not boots:
        return USUAL_COST
    return min(MOST_COST, (sum(builds) / len(builds)) / (sum(boots) / len(boots)))


def build_cost(bisection: Bisection) -> float:
    """Return what a build weighs against a boot when the next test is chosen.

    It grows as the square root of what builds have cost in boots so far. A plan that looks one test ahead overrates one
    more boot of a kernel that is there: weighed in full, dear builds cost more boots and save next to no builds
    (docs/accuracy.md).
    """
    return BUILD_WEIGHT * sqrt(boots_a_build(bisection) / USUAL_COST)


def _times(events: Iterable[Event]) -> list[int]:
    facts = (each.data for each in events)
    return [each.duration_ns for each in facts if isinstance(each, Build | Boot) and each.duration_ns]


def _built(builds: Iterable[Event], own: Tally) -> bool | None:
    outcomes = [each.data.outcome for each in builds if isinstance(each.data, Build)]
    if "ok" in outcomes or own.telling or own.cut_short:
        return True
    return False if "failed" in outcomes else None
