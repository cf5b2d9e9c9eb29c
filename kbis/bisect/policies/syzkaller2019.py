"""`syzkaller-2019/1`: the rule that syzbot followed in December 2019, for replaying its logs.

Ten boots a revision; one crash of any title makes bad. The start commit must be bad; then release tags are tested
from the newest down until one is good; then `git bisect` between the last bad and that good release.

Source: google/syzkaller pkg/bisect/bisect.go at blob 84756cb56 (7c14332a0, 2019-12-10), restated.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from kbis.bisect.decision import Conclusion, Decision, Judgement, Test, Unseen, Verdict, Wait
from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Terrain
from kbis.bisect.release_walk import RELEASE, releases_tested
from kbis.bisect.remarks import remarks
from kbis.bisect.search import search
from kbis.log.kinds import Boot, Build, Override

RUNS = 10
MOST_LOST_RUNS = RUNS // 3 * 2
"""More lost runs than this leave a revision untestable; the division comes first, so it is 6."""

START = "start"


class Syzkaller2019:
    """Any crash in any of ten runs makes bad; titles are never compared."""

    name = "syzkaller-2019/1"
    boots = RUNS
    boots_are_fixed = True

    def judge(self, bisection: Bisection, revision: bytes) -> Judgement | None:
        """Return the verdict once all ten runs are there or the build failed."""
        evidence = bisection.of(revision)
        if evidence.override is not None and isinstance(evidence.override.data, Override):
            return Judgement(evidence.override.data.verdict, "a person said so")
        outcomes = [each.data.outcome for each in evidence.builds if isinstance(each.data, Build)]
        if "ok" not in outcomes and "failed" in outcomes:
            return Judgement("skip", "it does not build")
        runs = [each.data.outcome for each in evidence.boots if isinstance(each.data, Boot)]
        if len(runs) < RUNS:
            return None
        good, bad = runs.count("ok"), runs.count("crash")
        said = f"{bad} of {len(runs)} runs crashed, {good} were OK"
        if bad:
            return Judgement("bad", said)
        if RUNS - good - bad > MOST_LOST_RUNS or not good:
            return Judgement("skip", said)
        return Judgement("good", said)

    def boots_left(self, bisection: Bisection, revision: bytes) -> int:
        """Return the runs that are missing to ten."""
        runs = [each for each in bisection.of(revision).boots if isinstance(each.data, Boot)]
        return max(1, RUNS - len(runs))

    def decide(
        self, bisection: Bisection, terrain: Terrain, busy: AbstractSet[bytes] = frozenset()
    ) -> Decision:
        """Test the start, walk the releases one after the other, then search."""
        verdicts = {
            each: judgement.verdict
            for each in bisection.evidence
            if (judgement := self.judge(bisection, each)) is not None
        }
        start = verdicts.get(bisection.bad)
        if start is None:
            return Wait((bisection.bad,)) if bisection.bad in busy else Test(bisection.bad, START)
        if start != "bad":
            return Conclusion(
                "not reproduced at the bad end", (bisection.bad,), f"the start commit is {start}"
            )
        goods = bisection.terms.good
        if not goods:
            walked = self._releases(bisection, terrain, verdicts)
            if isinstance(walked, Test) and walked.revision in busy:
                return Wait((walked.revision,))
            if not isinstance(walked, tuple):
                return walked
            goods = walked
        if terrain.graph is None or not terrain.graph.contains(bisection.bad):
            return Unseen("bisect")
        decision = search(terrain.graph, bisection.bad, goods, verdicts, busy)
        if isinstance(decision, Conclusion) and decision.result == "first bad commit":
            return replace(decision, remarks=remarks(bisection, terrain, decision.candidates[0]))
        return decision

    def _releases(
        self, bisection: Bisection, terrain: Terrain, verdicts: dict[bytes, Verdict]
    ) -> Decision | tuple[bytes, ...]:
        """Return the good release, or what to do before there is one."""
        tested = releases_tested(bisection)
        goods = tuple(each for each in tested if verdicts.get(each) == "good")
        if goods:
            return goods
        waiting = next((each for each in tested if each not in verdicts), None)
        if waiting is not None:
            return Test(waiting, tested[waiting])
        for release in terrain.releases:
            if release.revision not in verdicts:
                return Test(release.revision, RELEASE + release.name)
            if verdicts[release.revision] == "good":
                return (release.revision,)
        if not terrain.releases:
            return Unseen("release")
        bad = [release for release in terrain.releases if verdicts[release.revision] == "bad"]
        if not bad:
            what = f"none of the {len(terrain.releases)} releases before the start commit could be tested"
            return Conclusion("not confirmed", (bisection.bad,), what)
        oldest = bad[-1]
        what = f"the oldest release that could be tested, {oldest.name}, is bad"
        return Conclusion("already bad at the oldest", (oldest.revision,), what)
