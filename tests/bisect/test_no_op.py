from kbis.bisect.decision import Conclusion
from kbis.bisect.graph import Graph
from kbis.bisect.kernels import Trees
from kbis.bisect.no_op import is_no_op, unbuilt_parents, without_no_ops
from tests.facts import Facts, oid

# old - good - left - merge - bad, and old - right - merge; `old` lies outside the candidates
GRAPH = Graph.of(
    [
        (oid("left"), 2, [oid("good")]),
        (oid("right"), 1, [oid("old")]),
        (oid("merge"), 3, [oid("left"), oid("right")]),
        (oid("bad"), 4, [oid("merge")]),
    ]
)


def trees(**of: str) -> Trees:
    return Trees.read([(oid(name), oid(tree)) for name, tree in of.items()])


def no_op(facts: Facts, name: str, known: Trees | None = None) -> bool:
    return is_no_op(facts.state().with_trees(known or Trees()).kernels, GRAPH, oid(name))


def test_a_commit_with_its_parents_kernel_changed_nothing() -> None:
    facts = Facts()
    facts.build("bad", kernel="k")
    assert not no_op(facts, "bad")
    facts.build("merge", kernel="k")
    assert no_op(facts, "bad")


def test_a_merge_changed_nothing_only_if_both_its_parents_are_the_same() -> None:
    facts = Facts()
    for name in ("merge", "left"):
        facts.build(name, kernel="k")
    facts.build("right", kernel="another")
    assert not no_op(facts, "merge")
    facts.build("right", kernel="k")
    assert no_op(facts, "merge")


def test_trees_tell_it_without_a_build_and_beyond_the_candidates() -> None:
    assert no_op(Facts(), "right", trees(right="x", old="x"))
    assert not no_op(Facts(), "left", trees(left="x", good="y"))


def test_a_commit_without_parents_or_outside_the_graph_is_a_change() -> None:
    assert not no_op(Facts(), "old", trees(old="x"))
    assert not is_no_op(Facts().state().kernels, Graph.of([(oid("root"), 0, [])]), oid("root"))


def test_a_parent_that_nobody_built_is_built_once_to_compare() -> None:
    facts = Facts()
    facts.build("right")
    assert unbuilt_parents(facts.state(), GRAPH, oid("right")) == (oid("old"),)
    facts.build("old", "failed")
    assert unbuilt_parents(facts.state(), GRAPH, oid("right")) == ()


def test_nothing_is_built_to_compare_where_one_parent_already_differs() -> None:
    facts = Facts()
    for name in ("merge", "left"):
        facts.build(name)
    assert unbuilt_parents(facts.state(), GRAPH, oid("merge")) == ()


def test_nothing_is_built_to_compare_with_what_was_not_built_or_has_the_same_tree() -> None:
    facts = Facts()
    assert unbuilt_parents(facts.state(), GRAPH, oid("right")) == ()
    facts.build("right")
    known = facts.state().with_trees(trees(right="x", old="x"))
    assert unbuilt_parents(known, GRAPH, oid("right")) == ()


def test_a_change_without_effect_is_not_blamed() -> None:
    facts = Facts()
    for name in ("bad", "merge"):
        facts.build(name, kernel="k")
    blamed = Conclusion("first bad commit", (oid("bad"),), "every other candidate is excluded")
    said = without_no_ops(blamed, facts.state(), GRAPH)
    assert said.result == "not confirmed"
    assert said.candidates == (oid("bad"), oid("merge"))
    assert oid("merge").hex()[:12] in said.reason


def test_a_change_without_effect_is_not_among_those_that_may_be_first() -> None:
    facts = Facts()
    for name in ("bad", "merge"):
        facts.build(name, kernel="k")
    open_ends = Conclusion("untestable between", (oid("left"), oid("merge"), oid("bad")), "")
    assert without_no_ops(open_ends, facts.state(), GRAPH).candidates == (oid("left"), oid("merge"))


def test_a_real_change_stays_blamed() -> None:
    facts = Facts()
    for name in ("bad", "merge"):
        facts.build(name)
    blamed = Conclusion("first bad commit", (oid("bad"),), "every other candidate is excluded")
    assert without_no_ops(blamed, facts.state(), GRAPH) == blamed
