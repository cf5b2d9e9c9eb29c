"""`bayes/1`: ends first, censored boots, one and many culprits, honest endings; the same plan for the same facts."""

import random
from dataclasses import replace

import pytest

from kbis.bisect.decision import Conclusion, Decision, Test, Wait
from kbis.bisect.fold import fold
from kbis.bisect.graph import Graph
from kbis.bisect.policies.bayes1 import Bayes1
from kbis.bisect.policy import Release, Terrain
from kbis.bisect.target import target_of
from kbis.log.kinds import Boot
from tests.facts import Facts, oid

BUG = "KASAN: use-after-free Read in victim"
OTHER = "WARNING in somebody_else"
POLICY = Bayes1()
LINE = 40


def name(at: int) -> str:
    return "good" if at < 0 else "bad" if at == LINE - 1 else f"c{at}"


def line(length: int = LINE) -> Terrain:
    return Terrain(Graph.of((oid(name(at)), at, [oid(name(at - 1))]) for at in range(length)))


def played(
    facts: Facts, terrain: Terrain, first_bad: int, dead: frozenset[str] = frozenset(), turns: int = 200
) -> tuple[Conclusion, int]:
    """Play a bug that always shows from a commit of the line on; return the end and the number of boots."""
    names = {oid(name(at)): at for at in range(-1, LINE)}
    boots, built = 0, set()
    for _ in range(turns):
        decision = POLICY.decide(facts.state(), terrain)
        if isinstance(decision, Conclusion):
            return decision, boots
        assert isinstance(decision, Test)
        what = name(names[decision.revision])
        if what not in built:
            built.add(what)
            facts.build(what, "failed" if what in dead else "ok")
        if what not in dead:
            facts.boots(what, BUG if names[decision.revision] >= first_bad else "ok")
            boots += 1
    raise AssertionError("no end")


def decided(facts: Facts, terrain: Terrain | None = None) -> Decision:
    return POLICY.decide(facts.state(), terrain or line())


def fresh() -> Facts:
    return Facts(policy="bayes/1", boots=20)


def test_the_bad_end_is_tried_first_then_the_good_one_then_the_middle() -> None:
    facts = fresh()
    first = decided(facts)
    assert isinstance(first, Test)
    assert (first.revision, first.phase) == (oid("bad"), "bad end")
    facts.tested("bad", BUG, BUG)
    second = decided(facts)
    assert isinstance(second, Test)
    assert (second.revision, second.phase) == (oid("good"), "good end")
    facts.tested("good", "ok")
    third = decided(facts)
    assert isinstance(third, Test)
    assert third.phase == "bisect"
    assert third.revision in {oid(name(at)) for at in range(10, 30)}


@pytest.mark.parametrize(("builds_s", "boots"), [(2, 0), (8, 0), (24, 4), (40, 8), (4000, 8)])
def test_dear_builds_are_worth_some_boots_of_the_bad_end_to_learn_how_often_the_bug_shows(
    builds_s: int, boots: int
) -> None:
    facts = fresh()
    facts.build("bad", duration_ns=builds_s * 10**9)
    for _ in range(2):
        facts.add("bad", Boot("crash", title=BUG, reached="end", duration_ns=10**9))
    decision = decided(facts)
    assert isinstance(decision, Test)
    assert decision.phase == ("bad end" if boots else "good end")
    assert not boots or decision.boots == boots


@pytest.mark.parametrize("first_bad", [0, 1, 17, 38, 39])
def test_the_first_bad_commit_of_a_line_is_found(first_bad: int) -> None:
    end, boots = played(fresh(), line(), first_bad)
    assert (end.result, end.candidates) == ("first bad commit", (oid(name(first_bad)),))
    assert end.confidence_ppm is not None
    assert end.confidence_ppm >= 990_000
    assert boots < 25


def test_what_does_not_build_leaves_those_that_cannot_be_told_apart() -> None:
    dead = frozenset(name(at) for at in range(14, 20))
    end, _ = played(fresh(), line(), 17, dead)
    assert end.result == "untestable between"
    assert set(end.candidates) == {oid(name(at)) for at in range(14, 21)}


def test_a_stray_crash_at_the_bad_end_does_not_become_the_target() -> None:
    facts = fresh()
    facts.tested("bad", OTHER)
    for _ in range(5):
        again = decided(facts)
        assert isinstance(again, Test)
        if again.phase != "bad end":
            break
        facts.boots("bad", BUG)
    target = target_of(facts.state())
    assert target is not None
    assert target.title == BUG
    assert again.phase == "good end"


def test_a_good_word_above_a_bad_revision_is_a_contradiction_and_no_proof() -> None:
    facts = fresh()
    facts.tested("good", "ok", "ok")
    for at in (20, 21, 30, 39):
        facts.tested(name(at), *[BUG] * 6)
    facts.override(name(25), "good")
    for at in (18, 19, 26, 27):
        facts.tested(name(at), *(["ok"] * 6 if at < 20 else [BUG] * 6))
    end, seen = decided(facts), 0
    while isinstance(end, Test) and seen < 100:
        at = next(at for at in range(-1, LINE) if oid(name(at)) == end.revision)
        facts.tested(name(at), BUG if at >= 20 else "ok")
        end, seen = decided(facts), seen + 1
    assert isinstance(end, Conclusion)
    assert end.result == "not confirmed"
    assert oid(name(25)) in end.candidates


def test_a_bug_that_does_not_show_at_the_bad_end_is_given_up() -> None:
    facts = fresh()
    facts.tested("bad", *["ok"] * 20)
    end = decided(facts)
    assert isinstance(end, Conclusion)
    assert end.result == "not reproduced at the bad end"


def test_a_good_end_that_is_bad_ends_the_search() -> None:
    facts = fresh()
    facts.tested("bad", BUG, BUG, BUG)
    facts.tested("good", BUG, BUG, BUG)
    end = decided(facts)
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("already bad at the oldest", (oid("good"),))


def test_boots_that_died_of_something_else_say_nothing() -> None:
    facts = fresh()
    facts.tested("bad", BUG, BUG, BUG)
    facts.tested("good", "ok", "ok")
    before = POLICY.chances(facts.state(), line())
    facts.tested(name(20), OTHER, "boot-failed", "lost", "infra")
    assert POLICY.chances(facts.state(), line()) == before
    assert POLICY.judge(facts.state(), oid(name(20))) is None


def test_a_stray_crash_among_misses_does_not_make_a_revision_bad() -> None:
    facts = fresh()
    for at in (30, 35, 39):
        facts.tested(name(at), *[BUG] * 10)
    facts.tested(name(20), *["ok"] * 9, OTHER)
    judgement = POLICY.judge(facts.state(), oid(name(20)))
    assert judgement is not None
    assert judgement.verdict == "good"
    assert "1 died of another crash" in judgement.reason


def test_a_bug_that_came_went_and_came_back_is_reported_as_that() -> None:
    facts = fresh()
    facts.tested("good", *["ok"] * 10)
    facts.tested(name(9), *["ok"] * 10)
    for at in (10, 11, 12, 39):
        facts.tested(name(at), *[BUG] * 10)
    for at in (24, 25, 26):
        facts.tested(name(at), *["ok"] * 10)
    facts.tested(name(27), *[BUG] * 10)
    end, seen = decided(facts), 0
    while isinstance(end, Test) and seen < 100:
        at = next(at for at in range(-1, LINE) if oid(name(at)) == end.revision)
        facts.tested(name(at), BUG if 10 <= at <= 12 or at >= 27 else "ok")
        end, seen = decided(facts), seen + 1
    assert isinstance(end, Conclusion)
    assert end.result == "not confirmed"
    assert "came back" in end.reason
    assert end.confidence_ppm is None


def test_a_persons_verdict_stands_above_all_boots() -> None:
    facts = fresh()
    facts.tested("bad", BUG, BUG)
    facts.tested("good", "ok")
    facts.tested(name(20), *["ok"] * 3)
    facts.override(name(20), "bad")
    chances = POLICY.chances(facts.state(), line())
    assert sum(chances[oid(name(at))] for at in range(21)) > 0.99
    facts.override(name(20), "skip")
    untouched = POLICY.chances(facts.state(), line())
    assert sum(untouched[oid(name(at))] for at in range(21)) < 0.7


def test_what_others_test_is_left_to_them_and_their_answers_are_not_asked_for_twice() -> None:
    facts = fresh()
    facts.tested("bad", BUG, BUG, BUG)
    facts.tested("good", "ok", "ok")
    alone = decided(facts)
    assert isinstance(alone, Test)
    second = POLICY.decide(facts.state(), line(), frozenset({alone.revision}))
    assert isinstance(second, Test)
    places = {oid(name(at)): at for at in range(-1, LINE)}
    assert 5 <= abs(places[second.revision] - places[alone.revision]) <= 15


def test_when_all_is_in_other_hands_it_waits() -> None:
    facts = fresh()
    facts.tested("bad", BUG, BUG)
    facts.tested("good", "ok")
    everything = frozenset([oid("good"), *(oid(name(at)) for at in range(LINE))])
    assert isinstance(POLICY.decide(facts.state(), line(), everything), Wait)


def test_releases_are_walked_until_one_is_good() -> None:
    facts = Facts(good=(), policy="bayes/1", boots=20)
    facts.tested("bad", BUG, BUG)
    terrain = replace(line(), releases=(Release("v2", oid(name(30))), Release("v1", oid(name(3)))))
    first = decided(facts, terrain)
    assert isinstance(first, Test)
    assert first.phase == "release v2"
    facts.tested(name(30), BUG, BUG)
    second = decided(facts, terrain)
    assert isinstance(second, Test)
    assert second.phase == "release v1"
    facts.tested(name(3), *["ok"] * 6)
    third = decided(facts, terrain)
    assert isinstance(third, Test)
    assert third.phase == "bisect"
    suspects = POLICY.chances(facts.state(), terrain)
    assert suspects.keys() == {oid(name(at)) for at in range(4, LINE)}, "those after the release"
    assert max(suspects.values()) > 0


def test_before_a_good_end_is_found_nobody_is_suspected() -> None:
    facts = Facts(good=(), policy="bayes/1", boots=20)
    facts.tested("bad", BUG, BUG)
    assert POLICY.chances(facts.state(), replace(line(), releases=(Release("v1", oid(name(3))),))) == {}


def test_any_order_of_the_same_events_and_commits_gives_the_same_plan() -> None:
    facts = fresh()
    facts.tested("bad", BUG, BUG, "ok")
    facts.tested("good", "ok", "ok")
    facts.tested(name(20), "ok", "ok", OTHER)
    facts.tested(name(30), BUG)
    wanted = decided(facts)
    rows = [(oid(name(at)), at, [oid(name(at - 1))]) for at in range(LINE)]
    for seed in range(20):
        dice = random.Random(seed)
        events = facts.events * 2
        dice.shuffle(events)
        dice.shuffle(rows)
        state = fold(events)
        assert state is not None
        assert POLICY.decide(state, Terrain(Graph.of(rows))) == wanted
