import pytest

from kbis.bisect.decision import Conclusion, Test
from kbis.bisect.graph import Graph
from kbis.bisect.policies.syzkaller2019 import Syzkaller2019
from kbis.bisect.policy import Release, Terrain
from tests.facts import Facts, oid

BUG, OTHER = "kernel BUG in a", "WARNING in b"


def facts_from(*start: str) -> Facts:
    facts = Facts(good=(), policy="syzkaller-2019/1", boots=10)
    facts.tested("bad", *start)
    return facts


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        ([OTHER] + ["ok"] * 9, "bad"),
        (["ok"] * 10, "good"),
        (["ok"] * 4 + ["boot-failed"] * 6, "good"),
        (["ok"] * 3 + ["boot-failed"] * 7, "skip"),
        ([BUG] + ["boot-failed"] * 9, "bad"),
        (["infra"] * 10, "skip"),
        (["ok"] * 9, None),
    ],
)
def test_the_rule_of_2019(runs: list[str], verdict: str | None) -> None:
    judgement = Syzkaller2019().judge(facts_from(*runs).state(), oid("bad"))
    assert (judgement and judgement.verdict) == verdict


def test_releases_are_walked_down_until_one_is_good() -> None:
    rows = [(oid(n), i, [oid(f"c{i - 1}")] if i else []) for i, n in enumerate(["c0", "c1", "c2"])]
    rows.append((oid("bad"), 3, [oid("c2")]))
    terrain = Terrain(Graph.of(rows), (Release("v2", oid("c1")), Release("v1", oid("c0"))))
    policy, facts = Syzkaller2019(), facts_from(*[BUG] * 10)
    assert policy.decide(facts.state(), terrain) == Test(oid("c1"), "release v2")
    facts.claim("c1", "release v2")
    facts.tested("c1", *[BUG] * 10)
    assert policy.decide(facts.state(), terrain) == Test(oid("c0"), "release v1")
    facts.claim("c0", "release v1")
    facts.tested("c0", *["ok"] * 10)
    assert policy.decide(facts.state(), terrain) == Conclusion(
        "first bad commit",
        (oid("c1"),),
        "every other candidate is excluded",
        remarks=("it is the release v2",),
    )


def test_a_bug_in_the_oldest_release_is_said_to_be_so() -> None:
    rows = [(oid("c0"), 0, []), (oid("bad"), 1, [oid("c0")])]
    facts = facts_from(*[BUG] * 10)
    facts.tested("c0", *[BUG] * 10)
    decision = Syzkaller2019().decide(facts.state(), Terrain(Graph.of(rows), (Release("v1", oid("c0")),)))
    assert isinstance(decision, Conclusion)
    assert decision.result == "already bad at the oldest"


def test_a_start_that_does_not_crash_ends_it() -> None:
    decision = Syzkaller2019().decide(facts_from(*["ok"] * 10).state(), Terrain(None))
    assert isinstance(decision, Conclusion)
    assert decision.result == "not reproduced at the bad end"
