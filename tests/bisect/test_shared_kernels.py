"""Policies where several revisions are one kernel: known by its tree, or by its signature."""

import pytest

from kbis.bisect.decision import Conclusion, Test
from kbis.bisect.graph import Graph
from kbis.bisect.kernels import Trees
from kbis.bisect.policies.bayes1 import Bayes1
from kbis.bisect.policies.git1 import Git1
from kbis.bisect.policy import Policy, Terrain
from kbis.bisect.replay import replay
from kbis.log.kinds import Verdict
from tests.facts import Facts, oid

BUG, OTHER = "kernel BUG at drivers/a.c:LINE!", "WARNING in b"
LINE = ("good", "c1", "c2", "c3", "c4", "c5", "c6", "bad")

sharing = pytest.mark.parametrize("policy", [Git1(), Bayes1()], ids=lambda policy: policy.name)


def terrain(**trees: str) -> Terrain:
    """A line of commits, each with a tree of its own unless it is named here."""
    rows = [(oid(name), at, [oid(LINE[at - 1])]) for at, name in enumerate(LINE) if at]
    return Terrain(Graph.of(rows), trees=Trees.read((oid(name), oid(trees.get(name, name))) for name in LINE))


def ends() -> Facts:
    facts = Facts()
    facts.tested("bad", BUG, BUG, BUG, BUG)
    facts.tested("good", "ok", "ok", "ok", "ok")
    return facts


def next_test(facts: Facts, ground: Terrain) -> bytes:
    decision = Git1().decide(facts.state(), ground)
    assert isinstance(decision, Test)
    return decision.revision


def test_a_commit_with_the_tree_of_a_tested_one_needs_no_test() -> None:
    facts = ends()
    facts.tested("c3", "ok", "ok", "ok", "ok")
    assert next_test(facts, terrain()) == oid("c5")
    # c6 takes back c4 and c5, so it is c3 again.
    facts.tested("c5", "ok", "ok", "ok", "ok")
    assert next_test(facts, terrain()) == oid("c6")
    end = Git1().decide(facts.state(), terrain(c6="c3"))
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("first bad commit", (oid("bad"),))


def test_an_empty_commit_after_a_good_one_is_good_too() -> None:
    facts = ends()
    facts.tested("c3", "ok", "ok", "ok", "ok")
    facts.tested("c5", BUG)
    assert next_test(facts, terrain()) == oid("c4")
    end = Git1().decide(facts.state(), terrain(c4="c3"))
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("first bad commit", (oid("c5"),))


def test_an_empty_commit_is_never_the_first_bad_one() -> None:
    facts = ends()
    facts.tested("c3", "ok", "ok", "ok", "ok")
    facts.tested("c5", BUG)
    end = Git1().decide(facts.state(), terrain(c5="c4"))
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("first bad commit", (oid("c4"),))


def test_boots_of_one_kernel_make_no_one_surer_twice() -> None:
    facts = ends()
    facts.tested("c3", "ok", "ok", "ok", "ok")
    facts.tested("c4", BUG)
    alone, shared = (
        Git1().decide(facts.state(), ground) for ground in (terrain(), terrain(c2="c3", c6="c4"))
    )
    assert isinstance(alone, Conclusion)
    assert isinstance(shared, Conclusion)
    assert alone.confidence_ppm == shared.confidence_ppm


def test_a_persons_word_against_the_same_kernel_is_a_contradiction_and_no_answer() -> None:
    facts = ends()
    facts.tested("c4", BUG)
    facts.override("c3", "good")
    end = Git1().decide(facts.state(), terrain(c4="c3"))
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("not confirmed", (oid("c4"), oid("c3")))


def test_ends_of_one_kernel_cannot_differ() -> None:
    end = Git1().decide(ends().state(), terrain(bad="good"))
    assert isinstance(end, Conclusion)
    assert end.result == "already bad at the oldest"


@sharing
def test_whatever_the_trees_no_change_without_effect_is_blamed(policy: Policy) -> None:
    """Each commit in turn is the culprit, and its child is empty."""
    for culprit in range(1, len(LINE) - 2):
        child = LINE[culprit + 1]
        ground = terrain(**{child: LINE[culprit]})
        facts = ends()
        end = played(policy, facts, ground, culprit)
        assert (end.result, end.candidates) == ("first bad commit", (oid(LINE[culprit]),))
        assert not {LINE[culprit], child} <= booted(facts)


def played(policy: Policy, facts: Facts, ground: Terrain, culprit: int) -> Conclusion:
    names = {oid(name): name for name in LINE}
    for _ in range(200):
        decision = policy.decide(facts.state(), ground)
        if isinstance(decision, Conclusion):
            return decision
        assert isinstance(decision, Test)
        name = names[decision.revision]
        if not facts.state().of(decision.revision).builds:
            facts.build(name, tree=name)
        facts.boots(name, *[BUG if LINE.index(name) >= culprit else "ok"] * (decision.boots or 4))
    raise AssertionError("it does not end")


def booted(facts: Facts) -> set[str]:
    state = facts.state()
    return {name for name in LINE if state.of(oid(name)).boots}


class TestTheMergeOfTheSeed:
    """One boot in ten of a merge died of another crash. Its second parent has its tree, and all its boots passed."""

    def facts(self) -> Facts:
        facts = Facts(boots=10)
        facts.tested("bad", *[BUG] * 10)
        facts.tested("good", *["ok"] * 10)
        facts.tested("c3", OTHER, *["ok"] * 9)
        facts.tested("c2", *["ok"] * 10)
        return facts

    def test_without_trees_it_needs_one_more_boot(self) -> None:
        assert Git1().judge(self.facts().state(), oid("c3")) is None

    def test_with_trees_the_other_parents_boots_speak_for_it(self) -> None:
        state = self.facts().state().with_trees(terrain(c3="c2").trees)
        judgement = Git1().judge(state, oid("c3"))
        assert judgement is not None
        assert judgement.verdict == "good"
        assert judgement.reason == "19 of 19 boots passed, 1 died of another crash"

    def test_a_recorded_verdict_is_derived_again_with_the_same_trees(self) -> None:
        facts = self.facts()
        facts.add("c3", Verdict("good", "git/1", ""))
        plain, known = (
            [each.answer for each in replay(facts.state(), Git1(), ground)]
            for ground in (terrain(), terrain(c3="c2"))
        )
        assert (plain, known) == (["differs"], ["agrees"])


def test_a_long_stretch_of_changes_without_effect_leaves_the_culprit_before_it_certain() -> None:
    """Each of them might be the culprit if equal signatures could hide a difference; together that must stay little."""
    facts = ends()
    facts.tested("c2", *["ok"] * 6)
    facts.tested("c3", *[BUG] * 6)
    others = [f"n{at}" for at in range(500)]
    line = (*LINE[:4], *others, *LINE[4:])
    for name in ("c3", *others[::50], *LINE[4:]):
        facts.build(name, kernel="one")
    rows = [(oid(name), at, [oid(line[at - 1])]) for at, name in enumerate(line) if at]
    end = Bayes1().decide(facts.state(), Terrain(Graph.of(rows)))
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("first bad commit", (oid("c3"),))
