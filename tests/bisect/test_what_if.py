"""Two policies on the same events."""

from kbis.bisect.decision import Conclusion, Test
from kbis.bisect.graph import Graph
from kbis.bisect.policies.git1 import Git1
from kbis.bisect.policies.syzkaller2019 import Syzkaller2019
from kbis.bisect.policy import Terrain
from kbis.bisect.what_if import what_if
from tests.facts import Facts, oid

BUG, STRAY = "kernel BUG at mm/a.c:LINE!", "WARNING in stray"
NAMES = ("good", "c1", "c2", "c3", "bad")


def facts() -> Facts:
    made = Facts(boots=9)
    made.tested("bad", *[BUG] * 10)
    made.tested("good", *["ok"] * 10)
    made.tested("c2", STRAY, *["ok"] * 9)
    return made


def terrain() -> Terrain:
    rows = [(oid(name), at, [oid(NAMES[at - 1])] if at else []) for at, name in enumerate(NAMES)]
    return Terrain(Graph.of(rows[1:]))


def test_policies_part_where_one_takes_a_stray_crash_for_the_target() -> None:
    found = what_if(facts().state(), terrain(), Syzkaller2019(), Git1())
    assert (found.policies, found.judged) == (("syzkaller-2019/1", "git/1"), 3)
    [parting] = found.partings
    assert parting.revision == oid("c2")
    assert [each.verdict for each in parting.judgements if each] == ["bad", "good"]
    one, other = found.decisions
    assert isinstance(one, Test)
    assert isinstance(other, Test)
    assert (one.revision, other.revision) == (oid("c1"), oid("c3"))


def test_an_undecided_policy_parts_from_a_decided_one() -> None:
    made = facts()
    made.tested("c1", *["ok"] * 9)
    parted = {
        each.revision: each.judgements
        for each in what_if(made.state(), terrain(), Syzkaller2019(), Git1()).partings
    }
    assert parted.keys() == {oid("c1"), oid("c2")}
    undecided, good = parted[oid("c1")]
    assert undecided is None
    assert good is not None
    assert good.verdict == "good"


def test_one_policy_never_parts_from_itself() -> None:
    made = facts()
    made.tested("c1", *["ok"] * 10)
    found = what_if(made.state(), terrain(), Git1(), Git1())
    assert found.partings == ()
    assert found.decisions[0] == found.decisions[1]
    assert not isinstance(found.decisions[0], Conclusion)
