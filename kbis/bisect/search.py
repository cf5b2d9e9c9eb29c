"""The search between a bad end and good ends, as git does it, given every revision's verdict."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kbis.bisect.decision import Conclusion, Decision, Test, Verdict, Wait
from kbis.bisect.gitpick import BothGoodAndBad, FirstBad, OnlySkipped, Pick, pick
from kbis.bisect.graph import Graph, Range


@dataclass(frozen=True)
class Ends:
    """Where the search stands: the bad commit that narrows most, and all good ones."""

    bad: bytes
    goods: tuple[bytes, ...]
    candidates: Range


def narrow(graph: Graph, bad: bytes, goods: tuple[bytes, ...], verdicts: Mapping[bytes, Verdict]) -> Ends:
    """Apply verdicts to the ends.

    Among several bad commits the search follows the oldest in git's list order, then the oldest within what that
    leaves, so the outcome does not depend on the order in which they were found.
    """
    all_goods = tuple(dict.fromkeys([*goods, *sorted(each for each in verdicts if verdicts[each] == "good")]))
    end, candidates = bad, graph.range(bad, all_goods)
    while True:
        older = next((each for each in candidates.oids if each != end and verdicts.get(each) == "bad"), None)
        if older is None:
            return Ends(end, all_goods, candidates)
        end, candidates = older, graph.range(older, all_goods)


def contradictions(graph: Graph, verdicts: Mapping[bytes, Verdict]) -> tuple[tuple[bytes, bytes], ...]:
    """Return the pairs (bad, good) where the bad commit is an ancestor of the good one: the bug came and went."""
    inside = [each for each in sorted(verdicts) if graph.contains(each)]
    bads = [each for each in inside if verdicts[each] == "bad"]
    goods = [each for each in inside if verdicts[each] == "good"]
    return tuple((bad, good) for bad in bads for good in goods if graph.is_ancestor(bad, good))


def search(
    graph: Graph,
    bad: bytes,
    goods: tuple[bytes, ...],
    verdicts: Mapping[bytes, Verdict],
    busy: AbstractSet[bytes] = frozenset(),
) -> Decision:
    """Return the revision that `git bisect` would test next, or the conclusion.

    What others are testing is left to them: the next best revision is the one that would be tested after theirs, in
    the case that leaves more candidates, so that no answer of theirs makes it worthless before it is there.
    """
    decision = _alone(graph, bad, goods, verdicts)
    if not isinstance(decision, Test) or decision.revision not in busy:
        return decision
    theirs = decision.revision
    cases: list[dict[bytes, Verdict]] = [dict(verdicts) | {theirs: "bad"}, dict(verdicts) | {theirs: "good"}]
    sizes = [len(narrow(graph, bad, goods, case).candidates) for case in cases]
    for at in sorted(range(len(cases)), key=lambda i: -sizes[i]):
        after = search(graph, bad, goods, cases[at], busy)
        if isinstance(after, Test):
            return after
    return Wait(tuple(sorted(busy)))


def _alone(graph: Graph, bad: bytes, goods: tuple[bytes, ...], verdicts: Mapping[bytes, Verdict]) -> Decision:
    torn = contradictions(graph, verdicts)
    if torn:
        older, younger = torn[0]
        return Conclusion(
            "not confirmed",
            tuple(dict.fromkeys([older, younger])),
            f"{older.hex()[:12]} is bad, but {younger.hex()[:12]}, which contains it, is good: "
            "the bug came and went, or one of the two verdicts is wrong",
        )
    ends = narrow(graph, bad, goods, verdicts)
    skipped = {each for each, verdict in verdicts.items() if verdict == "skip"}
    match pick(ends.candidates, skipped):
        case Pick(revision, left, steps):
            return Test(revision, "bisect", left, steps)
        case FirstBad(revision):
            return Conclusion("first bad commit", (revision,), "every other candidate is excluded")
        case OnlySkipped(revisions):
            return Conclusion(
                "untestable between",
                revisions,
                f"only skipped commits are left: any of {len(revisions)} may be first",
            )
        case BothGoodAndBad(revision):
            return Conclusion("not confirmed", (revision,), "the bad end is contained in a good one")
