"""Whom the evidence points to, on a line of ten commits."""

import pytest

from kbis.bisect.decision import Conclusion, Test
from kbis.bisect.graph import Graph
from kbis.bisect.policy import Policy, Terrain, policy_named
from kbis.bisect.suspects import HELD_PPM, LISTED, PPM, Suspects, suspects_of
from tests.facts import Facts, oid

COUNT = 10
BUG = "kernel BUG at a.c:LINE!"
BAYES = policy_named("bayes/1")


@pytest.fixture
def terrain() -> Terrain:
    """`c1` to `c10`; the good end `c0` lies before them."""
    return Terrain(
        Graph.of([(oid(f"c{t}"), t, [oid(f"c{t - 1}")] if t > 1 else []) for t in range(1, COUNT + 1)])
    )


def facts(check_ends: bool = False) -> Facts:
    return Facts(bad=f"c{COUNT}", good=("c0",), policy="bayes/1", check_ends=check_ends)


def suspects(known: Facts, terrain: Terrain, policy: Policy = BAYES) -> Suspects | None:
    state = known.state()
    return suspects_of(state, policy, terrain, policy.decide(state, terrain))


def found(known: Facts, terrain: Terrain) -> Suspects:
    seen = suspects(known, terrain)
    assert seen is not None
    return seen


def test_a_policy_that_weighs_no_chances_suspects_nobody(terrain: Terrain) -> None:
    known = facts()
    known.tested("c10", BUG)
    assert suspects(known, terrain, policy_named("git/1")) is None


def test_before_the_target_is_known_nobody_is_suspected(terrain: Terrain) -> None:
    assert suspects(facts(), terrain) is None


def test_at_first_all_are_alike_and_listed_in_gits_order(terrain: Terrain) -> None:
    known = facts()
    known.tested("c10", BUG)
    seen = found(known, terrain)
    assert [each.revision for each in seen.likeliest] == [oid(f"c{t}") for t in range(1, LISTED + 1)]
    assert {each.ppm for each in seen.likeliest} == {PPM // COUNT}
    assert (seen.holding, seen.candidates, seen.elsewhere_ppm) == (HELD_PPM * COUNT // PPM, COUNT, 0)


def test_the_chance_of_the_next_revision_is_that_of_all_it_contains(terrain: Terrain) -> None:
    known = facts()
    known.tested("c10", BUG)
    decision = BAYES.decide(known.state(), terrain)
    assert isinstance(decision, Test)
    place = next(t for t in range(COUNT + 1) if oid(f"c{t}") == decision.revision)
    assert found(known, terrain).next_ppm == place * PPM // COUNT


def test_evidence_moves_the_suspicion_and_a_last_proof_is_called_one(terrain: Terrain) -> None:
    known = facts()
    known.tested("c10", BUG)
    known.tested("c7", BUG)
    known.tested("c6", *["ok"] * 4)
    first = found(known, terrain).likeliest[0]
    assert first.revision == oid("c7")
    while not isinstance(decision := BAYES.decide(known.state(), terrain), Conclusion):
        assert isinstance(decision, Test)
        seen = found(known, terrain)
        assert seen.proving == (seen.likeliest[0].ppm >= 990_000)
        name = next(f"c{t}" for t in range(COUNT + 1) if oid(f"c{t}") == decision.revision)
        known.boots(name, BUG if name in ("c7", "c8", "c9", "c10") else "ok")
    last = found(known, terrain)
    assert decision.candidates == (oid("c7"),)
    assert (last.likeliest[0].revision, last.holding, last.next_ppm) == (oid("c7"), 1, None)
    assert last.likeliest[0].ppm == pytest.approx(decision.confidence_ppm, abs=2)


def test_a_bug_older_than_the_good_end_is_a_suspect_of_its_own(terrain: Terrain) -> None:
    known = facts(check_ends=True)
    known.tested("c10", BUG, BUG)
    known.tested("c0", BUG)
    seen = found(known, terrain)
    assert seen.elsewhere_ppm > HELD_PPM
    assert seen.holding is None
