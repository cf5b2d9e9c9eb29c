"""From the facts of a bisection to what is believed about its candidates. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kbis.bisect.candidates import Candidates
from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.bisect.posterior import Kernel
from kbis.bisect.prospects import Site
from kbis.bisect.rates import Counts
from kbis.bisect.tally import Tally, tally
from kbis.log.event import Event
from kbis.log.kinds import Boot, Build, Override, Target

DEAD_BOOTS = 8
"""Boots that all died before the reproducer's end make a revision untestable; by chance 1 in 15,000 at 3 in 10."""


LEAST_COST, MOST_COST = 0.5, 100.0
"""Limits of what a build is said to cost, in boots."""


@dataclass(frozen=True)
class Seen:
    """The facts of a bisection, sorted for weighing.

    Attributes:
        tallies: Boots of each touched revision itself.
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
    same: dict[bytes, list[bytes]] = defaultdict(list)
    kernels = []
    for revision, evidence in bisection.evidence.items():
        own = tally(evidence.boots, target)
        tallies[revision] = own
        built = _built(evidence.builds, own)
        shared = tally(bisection.shared(revision).boots, target)
        sites[revision] = Site(built, shared.telling, shared.cut_short)
        said = evidence.override.data if evidence.override is not None else None
        if isinstance(said, Override):
            if said.verdict == "skip":
                untestable.add(revision)
            else:
                kernels.append(Kernel((revision,), Counts(0, 0), said.verdict))
            continue
        if built is False or (not shared.telling and shared.cut_short >= DEAD_BOOTS):
            untestable.add(revision)
        if own.telling or evidence.signature:
            same[evidence.signature or revision].append(revision)
    for revisions in same.values():
        counts = Counts(
            sum(tallies[each].hits for each in revisions), sum(tallies[each].misses for each in revisions)
        )
        if counts.hits or counts.misses:
            kernels.append(Kernel(tuple(sorted(revisions)), counts))
    return Seen(tallies, sites, tuple(kernels), frozenset(untestable))


def unchanged(bisection: Bisection, graph: Graph, candidates: Candidates) -> frozenset[bytes]:
    """Return the candidates whose kernel is that of all their parents: they cannot have brought the bug."""
    found = set()
    for revision, evidence in bisection.evidence.items():
        if evidence.signature is None or revision not in candidates.position:
            continue
        parents = graph.parents_of(revision)
        if parents and all(bisection.of(each).signature == evidence.signature for each in parents):
            found.add(revision)
    return frozenset(found)


def build_cost(bisection: Bisection, default: float) -> float:
    """Return what a build costs in boots, by the mean times so far; `default` where no times are known."""
    found = bisection.evidence.values()
    builds = _times(each for evidence in found for each in evidence.builds)
    boots = _times(each for evidence in found for each in evidence.boots)
    if not builds or not boots:
        return default
    return min(MOST_COST, max(LEAST_COST, (sum(builds) / len(builds)) / (sum(boots) / len(boots))))


def _times(events: Iterable[Event]) -> list[int]:
    facts = (each.data for each in events)
    return [each.duration_ns for each in facts if isinstance(each, Build | Boot) and each.duration_ns]


def _built(builds: Iterable[Event], own: Tally) -> bool | None:
    outcomes = [each.data.outcome for each in builds if isinstance(each.data, Build)]
    if "ok" in outcomes or own.telling or own.cut_short:
        return True
    return False if "failed" in outcomes else None
