"""Tests for several workers at once, on a history with merges."""

import random
from itertools import pairwise

import pytest

from kbis.bisect.batch import batch
from kbis.bisect.decision import Conclusion, Test, Wait
from kbis.bisect.graph import Graph
from kbis.bisect.policy import Policy, Terrain, policy_named
from tests.facts import Facts, oid
from tests.graphs import STEP_S, random_parents

COMMITS = 60
BUG = "kernel BUG at a.c:LINE!"
GIT, BAYES = policy_named("git/1"), policy_named("bayes/1")


@pytest.fixture
def terrain() -> Terrain:
    """`c0` is the good end, and `c59` the bad one; there are merges."""
    parents = [own or ((0,) if t else ()) for t, own in enumerate(random_parents(random.Random(5), COMMITS))]
    parents[COMMITS - 1] = (COMMITS - 2, COMMITS - 3)
    rows = [(oid(f"c{t}"), t * STEP_S, [oid(f"c{p}") for p in own]) for t, own in enumerate(parents) if t]
    return Terrain(Graph.of(rows))


def begun(policy: Policy) -> Facts:
    facts = Facts(bad=f"c{COMMITS - 1}", good=("c0",), policy=policy.name, check_ends=False)
    facts.tested(f"c{COMMITS - 1}", *[BUG] * 4)
    return facts


@pytest.mark.parametrize("policy", [GIT, BAYES], ids=lambda each: each.name)
def test_for_one_worker_it_is_what_the_policy_decides(policy: Policy, terrain: Terrain) -> None:
    state = begun(policy).state()
    assert batch(policy, state, terrain, 1) == (policy.decide(state, terrain),)
    others = frozenset(each.revision for each in batch(policy, state, terrain, 3) if isinstance(each, Test))
    assert len(others) == 3
    assert batch(policy, state, terrain, 1, others) == (policy.decide(state, terrain, others),)


@pytest.mark.parametrize("policy", [GIT, BAYES], ids=lambda each: each.name)
def test_for_several_workers_all_tests_are_different_and_begin_with_the_best(
    policy: Policy, terrain: Terrain
) -> None:
    state = begun(policy).state()
    tests = batch(policy, state, terrain, 8)
    assert all(isinstance(each, Test) for each in tests)
    assert len({each.revision for each in tests if isinstance(each, Test)}) == 8
    for fewer in range(1, 8):
        assert batch(policy, state, terrain, fewer) == tests[:fewer]


def test_workers_that_decide_one_after_the_other_come_to_the_same_tests(terrain: Terrain) -> None:
    state = begun(BAYES).state()
    busy: frozenset[bytes] = frozenset()
    for each in batch(BAYES, state, terrain, 4):
        assert BAYES.decide(state, terrain, busy) == each
        assert isinstance(each, Test)
        busy |= {each.revision}


def test_a_batch_cuts_a_line_into_parts_of_about_one_size() -> None:
    """Three cuts leave a quarter at best; three tests beside the best one would leave a half."""
    line = Terrain(
        Graph.of([(oid(f"c{t}"), t * STEP_S, [oid(f"c{t - 1}")] if t > 1 else []) for t in range(1, COMMITS)])
    )
    tests = batch(BAYES, begun(BAYES).state(), line, 3)
    places = sorted(
        next(t for t in range(COMMITS) if oid(f"c{t}") == each.revision)
        for each in tests
        if isinstance(each, Test)
    )
    ends = [0, *places, COMMITS - 1]
    parts = [later - earlier for earlier, later in pairwise(ends)]
    assert len(parts) == 4
    assert max(parts) <= COMMITS / 3


def test_what_is_no_test_stands_alone(terrain: Terrain) -> None:
    facts = Facts(bad="c1", good=("c0",), policy="bayes/1", boots=2)
    assert batch(BAYES, facts.state(), terrain, 4, frozenset([oid("c1")])) == (Wait((oid("c1"),)),)
    facts.tested("c1", "ok", "ok")
    [end] = batch(BAYES, facts.state(), terrain, 4)
    assert isinstance(end, Conclusion)
