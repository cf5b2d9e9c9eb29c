"""`git/1`: the search of `git bisect`, with enough boots a revision for a flaky bug.

A revision is bad when one boot shows the target, good when the agreed number of boots passed, and skipped when it
does not build or its boots say nothing. Both ends are tested first, unless the user vouches for them.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from kbis.bisect.confidence import confidence_ppm
from kbis.bisect.decision import Conclusion, Decision, Judgement, Test, Unseen, Verdict, Wait
from kbis.bisect.fold import Bisection
from kbis.bisect.no_op import without_no_ops
from kbis.bisect.policy import Terrain
from kbis.bisect.search import search
from kbis.bisect.tally import tally
from kbis.bisect.target import target_of
from kbis.log.kinds import Boot, Build, Override

DEAD_BOOTS = 3
"""Boots in a row of the count that say nothing before a revision counts as untestable."""

BAD_END, GOOD_END = "bad end", "good end"


class Git1:
    """One boot with the target makes bad, all boots without it make good; the next revision is git's."""

    name = "git/1"
    boots = 10
    boots_are_fixed = False

    def judge(self, bisection: Bisection, revision: bytes) -> Judgement | None:
        """Return the verdict; the bad end gets all its boots, because the bug's rate is learned there."""
        evidence = bisection.shared(revision)
        if evidence.override is not None and isinstance(evidence.override.data, Override):
            said = evidence.override.data
            return Judgement(said.verdict, f"a person said so: {said.reason}")
        outcomes = [each.data.outcome for each in evidence.builds if isinstance(each.data, Build)]
        if "ok" not in outcomes and "failed" in outcomes:
            return Judgement("skip", "it does not build")
        wanted = self._agreed_boots(bisection)
        counts = tally(evidence.boots, target_of(bisection))
        reached = counts.telling + counts.others + counts.related + counts.lost
        rate_is_wanted = revision == bisection.bad and reached < wanted
        if counts.hits and not rate_is_wanted:
            return Judgement("bad", counts.sentence())
        if counts.misses >= wanted:
            return Judgement("good", counts.sentence())
        if counts.cut_short >= (DEAD_BOOTS if not counts.telling else 2 * wanted):
            return Judgement("skip", counts.sentence())
        return None

    def boots_left(self, bisection: Bisection, revision: bytes) -> int:
        """Return the boots that are missing to the agreed number; a kernel that seems dead gets few."""
        wanted = self._agreed_boots(bisection)
        counts = tally(bisection.shared(revision).boots, target_of(bisection))
        reached = counts.telling + counts.others + counts.related + counts.lost
        made = reached if revision == bisection.bad and reached < wanted else counts.misses
        left = wanted - made
        if counts.cut_short and not counts.telling:
            left = min(left, DEAD_BOOTS - counts.cut_short)
        return max(1, left)

    def decide(
        self, bisection: Bisection, terrain: Terrain, busy: AbstractSet[bytes] = frozenset()
    ) -> Decision:
        """Test the ends, then search between them; while others test an end, the search takes it at its word."""
        bisection = bisection.with_trees(terrain.trees)
        terms = bisection.terms
        check = terms.check_ends is not False
        verdicts = self._verdicts(bisection)
        if check or target_of(bisection) is None:
            judged = self._check(bisection, bisection.bad, BAD_END, "bad", busy)
            if judged is not None:
                return judged
            if target_of(bisection) is None:
                # Without a target no other boot could be judged.
                return self._learn(bisection, busy)
        if check:
            for good in terms.good:
                judged = self._check(bisection, good, GOOD_END, "good", busy)
                if judged is not None:
                    return judged
        verdicts |= {bisection.bad: "bad"}
        if terrain.graph is None or not terrain.graph.contains(bisection.bad):
            return Unseen("bisect")
        decision = search(terrain.graph, bisection.bad, terms.good, verdicts, busy)
        if not isinstance(decision, Conclusion):
            return decision
        waiting = [each for each in (bisection.bad, *terms.good) if check and each in busy]
        if waiting:
            return Wait(tuple(waiting))
        return self._weighed(bisection, without_no_ops(decision, bisection, terrain.graph), verdicts)

    def _learn(self, bisection: Bisection, busy: AbstractSet[bytes]) -> Decision:
        """Boot a bad end whose crash is not known yet, though its verdict is: others test it, or a person gave it."""
        bad = bisection.bad
        if bad in busy:
            return Wait((bad,))
        counts = tally(bisection.shared(bad).boots, None)
        made = counts.telling + counts.cut_short
        dead = not counts.telling and counts.cut_short >= DEAD_BOOTS
        if made < self._agreed_boots(bisection) and not dead:
            return Test(bad, BAD_END, boots=self.boots_left(bisection, bad))
        what = (
            f"a person called the bad end {bad.hex()[:12]} bad, but no boot of it showed a crash to look for"
        )
        return Conclusion("not confirmed", (bad,), f"{what}: {counts.sentence()}")

    def _agreed_boots(self, bisection: Bisection) -> int:
        """Return how often a revision is booted; what was agreed for another policy means something else."""
        terms = bisection.terms
        return terms.boots if terms.policy == self.name else self.boots

    def _verdicts(self, bisection: Bisection) -> dict[bytes, Verdict]:
        judged = {each: self.judge(bisection, each) for each in bisection.weighed}
        return {each: judgement.verdict for each, judgement in judged.items() if judgement is not None}

    def _check(
        self, bisection: Bisection, revision: bytes, phase: str, expected: Verdict, busy: AbstractSet[bytes]
    ) -> Decision | None:
        judgement = self.judge(bisection, revision)
        if judgement is None:
            return None if revision in busy else Test(revision, phase)
        if judgement.verdict == expected:
            return None
        why = judgement.reason + _hunted(bisection, revision)
        what = f"the {phase} {revision.hex()[:12]} is {judgement.verdict}: {why}"
        if judgement.verdict == "skip":
            return Conclusion("not confirmed", (revision,), what)
        if phase == BAD_END:
            return Conclusion("not reproduced at the bad end", (revision,), what)
        return Conclusion("already bad at the oldest", (revision,), what)

    def _weighed(
        self, bisection: Bisection, conclusion: Conclusion, verdicts: dict[bytes, Verdict]
    ) -> Conclusion:
        if conclusion.result not in ("first bad commit", "untestable between"):
            return conclusion
        target = target_of(bisection)
        # The boots of one kernel count once, however many revisions have it.
        once = {(bisection.kernels.twins(each), verdict): each for each, verdict in verdicts.items()}
        counts = [
            (verdict, tally(bisection.shared(each).boots, target)) for (_, verdict), each in once.items()
        ]
        bads = [each for verdict, each in counts if verdict == "bad"]
        goods = [each.misses for verdict, each in counts if verdict == "good"]
        hits, misses = sum(each.hits for each in bads), sum(each.misses for each in bads)
        if not hits:
            return conclusion
        sure = confidence_ppm(hits, misses, goods)
        return replace(conclusion, confidence_ppm=sure, sure_of="no missed bug")


def _hunted(bisection: Bisection, revision: bytes) -> str:
    """Name the target beside the crashes that were seen, when none of them is it."""
    target = target_of(bisection)
    boots = [each.data for each in bisection.shared(revision).boots if isinstance(each.data, Boot)]
    seen = sorted({each.title for each in boots if each.title and each.outcome == "crash"})
    if target is None or not seen or target.title in seen:
        return ""
    return f"; the target is {target.title}, seen were {', '.join(seen)}"
