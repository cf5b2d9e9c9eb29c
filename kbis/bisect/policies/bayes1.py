"""`bayes/1`: weigh every candidate by all boots, test what tells most for its cost, stop when sure.

The model is that of `kbis.bisect.rates` and `kbis.bisect.posterior`; the next test that of `kbis.bisect.plan`. Only
boots that ran to their end speak about the target: a crash of another title, a boot that failed, a lost console cut
theirs short. The ends are qualified first. The search stops when one candidate, or candidates that no test can tell
apart, hold 99 % of the posterior, and the culprit's own boots and those about its parents bear that out.
"""

from collections.abc import Set as AbstractSet

from kbis.bisect.confidence import chance_all_missed
from kbis.bisect.decision import Conclusion, Decision, Judgement, Test, Unseen, Wait
from kbis.bisect.fold import Bisection
from kbis.bisect.own_evidence import chance_bad, rates_elsewhere, shown_elsewhere
from kbis.bisect.policy import Terrain
from kbis.bisect.release_walk import RELEASE, releases_tested
from kbis.bisect.tally import Tally, tally
from kbis.bisect.target import target_of
from kbis.bisect.weighed_search import Search
from kbis.bisect.weighing import DEAD_BOOTS, Seen, boots_a_build, seen
from kbis.log.kinds import Build, Override

SURE = 0.99
"""Posterior at which the search stops, and at which a revision is called good or bad."""

LEAD_ALONE, LEAD = 2, 3
"""Boots of the bad end by which the target leads before it is settled: seen alone, and among other crashes."""

RATE_SHARE, MOST_RATE_BOOTS = 0.25, 10
"""How much of a build's time is spent on boots of the bad end, to learn how often the bug shows, and at most how many:
who takes a flaky bug for a steady one turns the wrong way, and finds out builds later."""

BAD_END, GOOD_END = "bad end", "good end"


class Bayes1:
    """Posterior over the candidates; the next test by information per cost."""

    name = "bayes/1"
    boots = 100
    boots_are_fixed = False

    def judge(self, bisection: Bisection, revision: bytes) -> Judgement | None:
        """Return what a revision's own boots say, at the rate seen elsewhere; None while that is below 99 %."""
        evidence = bisection.shared(revision)
        if evidence.override is not None and isinstance(evidence.override.data, Override):
            said = evidence.override.data
            return Judgement(said.verdict, f"a person said so: {said.reason}")
        outcomes = [each.data.outcome for each in evidence.builds if isinstance(each.data, Build)]
        if "ok" not in outcomes and "failed" in outcomes:
            return Judgement("skip", "it does not build")
        target = target_of(bisection)
        own = tally(evidence.boots, target)
        if not own.telling and own.cut_short >= DEAD_BOOTS:
            return Judgement("skip", own.sentence())
        if revision == bisection.bad:
            return _of_the_bad_end(own, bisection.terms.boots)
        if not own.telling:
            return None
        twins = bisection.kernels.twins(revision)
        tallies = {
            each: tally(found.boots, target)
            for each, found in bisection.evidence.items()
            if each not in twins
        }
        rates = rates_elsewhere(tallies, revision)
        chance = chance_bad(own, rates)
        if chance >= SURE:
            return Judgement("bad", own.sentence())
        if chance <= 1 - SURE:
            odds = chance_all_missed(*shown_elsewhere(tallies, revision), own.misses)
            return Judgement(
                "good", f"{own.sentence()}; with the bug there the chance of that is {_one_in(odds)}"
            )
        return None

    def decide(
        self, bisection: Bisection, terrain: Terrain, busy: AbstractSet[bytes] = frozenset()
    ) -> Decision:
        """Qualify the ends, then search; what others are testing is left to them."""
        bisection = bisection.with_trees(terrain.trees)
        target = target_of(bisection)
        facts = seen(bisection, target)
        check = bisection.terms.check_ends is not False
        own = facts.tallies.get(bisection.bad, Tally())
        learning = bisection.terms.target is None and not _is_clear(own, bisection.terms.boots)
        if target is None or not own.telling or learning or (check and not own.hits):
            judgement = self.judge(bisection, bisection.bad)
            if judgement is not None and judgement.verdict != "bad":
                return _bad_end_fails(bisection.bad, judgement)
            if judgement is None and bisection.bad in busy:
                return Wait((bisection.bad,))
            # What others find out at the bad end is taken as it stands until then.
            if (judgement is None or learning) and bisection.bad not in busy:
                few = min(own.telling, bisection.terms.boots - own.telling)
                return Test(bisection.bad, BAD_END, boots=1 if learning else max(1, few))
        if check and bisection.bad not in busy:
            wanted = int(min(MOST_RATE_BOOTS, RATE_SHARE * boots_a_build(bisection)))
            if own.telling < wanted and own.telling + own.cut_short < bisection.terms.boots:
                return Test(bisection.bad, BAD_END, boots=wanted - own.telling)
        goods = bisection.terms.good
        if not goods:
            found = self._releases(bisection, terrain, busy)
            if not isinstance(found, tuple):
                return found
            goods = found
        if terrain.graph is None or not terrain.graph.contains(bisection.bad):
            return Unseen("bisect")
        if check:
            for good in goods:
                if not _touched(facts, good) and good not in busy:
                    return Test(good, GOOD_END, boots=1)
        return Search(bisection, terrain.graph, goods, facts, check, SURE).decide(busy)

    def chances(self, bisection: Bisection, terrain: Terrain) -> dict[bytes, float]:
        """Return the chance of each candidate to be the first bad commit; none before there is a range to search."""
        if terrain.graph is None or not terrain.graph.contains(bisection.bad):
            return {}
        bisection = bisection.with_trees(terrain.trees)
        found = bisection.terms.good or self._releases(bisection, terrain, frozenset())
        # Not a good end, but what is to be done before there is one.
        goods = found if isinstance(found, tuple) else ()
        if not goods:
            return {}
        check = bisection.terms.check_ends is not False
        facts = seen(bisection, target_of(bisection))
        search = Search(bisection, terrain.graph, goods, facts, check, SURE)
        return dict(zip(search.candidates.commits.oids, search.belief.chances, strict=True))

    def _releases(
        self, bisection: Bisection, terrain: Terrain, busy: AbstractSet[bytes]
    ) -> Decision | tuple[bytes, ...]:
        """Return the releases found good, or what to do before there is one."""
        goods = tuple(each for each in releases_tested(bisection) if _is_good(self.judge(bisection, each)))
        if goods:
            return goods
        if not terrain.releases:
            return Unseen("release")
        for release in terrain.releases:
            judgement = self.judge(bisection, release.revision)
            if judgement is None:
                if release.revision in busy:
                    return Wait((release.revision,))
                return Test(release.revision, RELEASE + release.name, boots=1)
            if _is_good(judgement):
                return (release.revision,)
        judged = [self.judge(bisection, each.revision) for each in terrain.releases]
        if all(each is not None and each.verdict == "skip" for each in judged):
            what = f"none of the {len(judged)} releases before the bad end could be tested"
            return Conclusion("not confirmed", (bisection.bad,), what)
        oldest = terrain.releases[-1]
        return Conclusion(
            "already bad at the oldest",
            (oldest.revision,),
            f"no release without the bug was found; the oldest is {oldest.name}",
        )


def _is_clear(own: Tally, boots: int) -> bool:
    """Tell whether the bad end has shown which crash it shows: one stray crash must not become the target."""
    others = own.others + own.related
    lead = LEAD if others else LEAD_ALONE
    return own.hits - others >= lead or own.telling + own.cut_short >= boots


def _is_good(judgement: Judgement | None) -> bool:
    return judgement is not None and judgement.verdict == "good"


def _touched(facts: Seen, revision: bytes) -> bool:
    own = facts.tallies.get(revision)
    site = facts.sites.get(revision)
    return revision in facts.untestable or bool(own and site and site.telling + site.cut_short)


def _of_the_bad_end(own: Tally, boots: int) -> Judgement | None:
    if own.hits:
        return Judgement("bad", own.sentence())
    if own.misses >= boots:
        return Judgement("good", own.sentence())
    return None


def _bad_end_fails(bad: bytes, judgement: Judgement) -> Conclusion:
    what = f"the bad end {bad.hex()[:12]} is {judgement.verdict}: {judgement.reason}"
    if judgement.verdict == "skip":
        return Conclusion("not confirmed", (bad,), what)
    return Conclusion("not reproduced at the bad end", (bad,), what)


def _one_in(chance: float) -> str:
    """Return a small chance in words: `1 in 40`, `1 in 10^13`."""
    if chance <= 0.0:
        return "nil"
    odds = 1 / chance
    if odds < 1e6:
        return f"1 in {odds:.0f}"
    return f"1 in 10^{len(str(int(odds))) - 1}"
