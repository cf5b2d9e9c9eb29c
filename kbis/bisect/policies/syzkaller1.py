"""`syzkaller/1`: the rule that syzkaller follows today, for comparison.

Ten boots a revision, twenty at the start commit, and twenty everywhere once the bug is known to be flaky. Two crashes
in ten, of whatever title, make bad. The start commit must be bad; without a good end given, picked releases are tested
from the newest down until one is good; then `git bisect`. The confidence is the chance that no good verdict is a bug
unseen.

Source: google/syzkaller pkg/bisect/bisect.go at 1e72964b0111 (2026-08-17), restated; the rules one by one are in
`kbis.bisect.syzkaller_rules`. Left out: bisecting for a fix, across trees, and minimizing the configuration.
"""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from kbis.bisect.decision import Conclusion, Decision, Judgement, Test, Unseen, Verdict, Wait
from kbis.bisect.fold import Bisection, Evidence
from kbis.bisect.policy import Release, Terrain
from kbis.bisect.remarks import remarks
from kbis.bisect.search import search
from kbis.bisect.syzkaller_rules import (
    FLAKY_BELOW,
    HANG,
    LOST_CONNECTION,
    RUNS,
    TRANSIENT,
    Call,
    call,
    false_negative_chance,
    picked_releases,
    representative_types,
)
from kbis.log.kinds import Boot, Build, Override

START, RELEASE = "start", "release "
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Tested:
    """One revision's test: what syzkaller called it, and why; `call` is None while runs are `missing`."""

    revision: bytes
    call: Call | None
    reason: str = ""
    good: int = 0
    bad: int = 0
    missing: int = 0

    @property
    def bad_ratio(self) -> float:
        """The share of the telling runs that crashed."""
        return self.bad / (self.good + self.bad) if self.good + self.bad else 0.0


class Syzkaller1:
    """Two crashes in ten runs make bad; titles are never compared."""

    name = "syzkaller/1"
    boots = RUNS
    boots_are_fixed = True

    def judge(self, bisection: Bisection, revision: bytes) -> Judgement | None:
        """Return the verdict once all its runs are there or the build failed."""
        tested = next((each for each in _in_order(bisection) if each.revision == revision), None)
        if tested is None or tested.call is None:
            return None
        return Judgement("skip" if tested.call == "abort" else tested.call, tested.reason)

    def boots_left(self, bisection: Bisection, revision: bytes) -> int:
        """Return the runs that are missing to ten, or to twenty where the bug is known to be flaky."""
        tested = next((each for each in _in_order(bisection) if each.revision == revision), None)
        return max(1, tested.missing) if tested is not None else RUNS

    def decide(
        self, bisection: Bisection, terrain: Terrain, busy: AbstractSet[bytes] = frozenset()
    ) -> Decision:
        """Test the start, walk the picked releases one after the other, then search."""
        tests = list(_in_order(bisection))
        aborted = next((each for each in tests if each.call == "abort"), None)
        if aborted is not None:
            return Conclusion("not confirmed", (aborted.revision,), f"the lab failed: {aborted.reason}")
        verdicts = {each.revision: _verdict(each.call) for each in tests if each.call is not None}
        start = verdicts.get(bisection.bad)
        if start is None:
            return Wait((bisection.bad,)) if bisection.bad in busy else Test(bisection.bad, START)
        if start != "bad":
            return Conclusion(
                "not reproduced at the bad end", (bisection.bad,), f"the start commit is {start}"
            )
        goods, walked = bisection.terms.good, frozenset([bisection.bad])
        if not goods:
            releases = _picked(terrain.releases)
            found = _walk(releases, verdicts, busy)
            if not isinstance(found, bytes):
                return found
            goods, walked = (found,), walked | {each.revision for each in releases}
        if terrain.graph is None or not terrain.graph.contains(bisection.bad):
            return Unseen("bisect")
        decision = search(terrain.graph, bisection.bad, goods, verdicts, busy)
        if isinstance(decision, Conclusion) and decision.result in ("first bad commit", "untestable between"):
            sure = int(PPM * _confidence(tests, bisection.bad, walked))
            named = decision.result == "first bad commit"
            added = remarks(bisection, terrain, decision.candidates[0]) if named else ()
            return replace(decision, confidence_ppm=sure, sure_of="no missed bug", remarks=added)
        return decision


def _in_order(bisection: Bisection) -> Iterator[Tested]:
    """Yield each revision's test in the order in which they began; the first flaky one doubles the runs of the rest."""
    flaky = False
    start_types: tuple[str, ...] = ()
    begun = [each for each in bisection.evidence.values() if each.builds or each.boots or each.override]
    for evidence in sorted(begun, key=lambda each: (each.revision != bisection.bad, _began(each))):
        is_start = evidence.revision == bisection.bad
        wanted = 2 * RUNS if is_start or flaky else RUNS
        tested = _test(evidence, wanted, flaky, start_types)
        if is_start:
            start_types = representative_types(_crash_types(evidence))
        flaky = flaky or (
            tested.call == "bad" and tested.good + tested.bad > 0 and tested.bad_ratio < FLAKY_BELOW
        )
        yield tested


def _test(evidence: Evidence, wanted: int, flaky: bool, start_types: Collection[str]) -> Tested:
    revision = evidence.revision
    if evidence.override is not None and isinstance(evidence.override.data, Override):
        return Tested(revision, evidence.override.data.verdict, "a person said so")
    outcomes = [each.data.outcome for each in evidence.builds if isinstance(each.data, Build)]
    if "ok" not in outcomes and "failed" in outcomes:
        return Tested(revision, "skip", "it does not build")
    runs = [each.data for each in evidence.boots if isinstance(each.data, Boot)]
    if len(runs) < wanted:
        return Tested(revision, None, missing=wanted - len(runs))
    good = sum(each.outcome == "ok" for each in runs)
    infra = sum(each.outcome == "infra" for each in runs)
    ignored = [each for each in TRANSIENT if start_types and each not in start_types]
    bad = sum(each not in ignored for each in _crash_types(evidence))
    said = f"{bad} of {len(runs)} runs crashed, {good} were OK"
    return Tested(revision, call(len(runs), good, bad, infra, flaky), said, good, bad)


def _crash_types(evidence: Evidence) -> list[str]:
    """Return the type of each run that crashed under the reproducer, in order."""
    types = []
    for event in evidence.boots:
        match event.data:
            case Boot(outcome="crash", type=known):
                types.append(known or "UNKNOWN")
            case Boot(outcome="hang"):
                types.append(HANG)
            case Boot(outcome="lost"):
                types.append(LOST_CONNECTION)
            case _:
                pass
    return types


def _began(evidence: Evidence) -> tuple[int, bytes]:
    said = [evidence.override] if evidence.override is not None else []
    return min(each.order for each in (*evidence.builds, *evidence.boots, *said))


def _verdict(called: Call) -> Verdict:
    return "skip" if called == "abort" else called


def _picked(releases: tuple[Release, ...]) -> tuple[Release, ...]:
    named = {each.name: each for each in releases}
    return tuple(named[name] for name in picked_releases([each.name for each in releases]))


def _walk(
    releases: tuple[Release, ...], verdicts: Mapping[bytes, Verdict], busy: AbstractSet[bytes]
) -> Decision | bytes:
    """Return the good release, or what to do before there is one (`commitRangeForCause`, `validateCommitRange`)."""
    if not releases:
        return Unseen("release")
    for release in releases:
        verdict = verdicts.get(release.revision)
        if verdict is None:
            if release.revision in busy:
                return Wait((release.revision,))
            return Test(release.revision, RELEASE + release.name)
        if verdict == "good":
            return release.revision
    oldest = releases[-1]
    if verdicts[oldest.revision] == "skip":
        what = f"the oldest tested release, {oldest.name}, could not be tested"
        return Conclusion("not confirmed", (oldest.revision,), what)
    what = f"the oldest tested release, {oldest.name}, is bad"
    return Conclusion("already bad at the oldest", (oldest.revision,), what)


def _confidence(tests: list[Tested], start: bytes, walked: AbstractSet[bytes]) -> float:
    """Return the chance that no good verdict of the search missed the bug (`postTestResult`).

    The rate is what the start commit showed, lowered half-way by each bad verdict with a smaller share.
    """
    reproduced = next((each.bad_ratio for each in tests if each.revision == start), 1.0)
    sure = 1.0
    for each in tests:
        if each.revision in walked:
            continue
        if each.call == "good":
            sure *= 1.0 - false_negative_chance(reproduced, each.good)
        elif each.call == "bad":
            reproduced = min(reproduced, (reproduced + each.bad_ratio) / 2)
    return sure
