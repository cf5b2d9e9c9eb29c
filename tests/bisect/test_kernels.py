from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kbis.bisect.kernels import Kernels, Mark, Trees
from tests.facts import oid

A, B, C, D = (oid(each) for each in "abcd")

revisions = st.sampled_from([A, B, C, D, oid("e"), oid("f")])
marks: st.SearchStrategy[Mark] = st.tuples(
    st.sampled_from(("tree", "signature")),
    st.sampled_from([bytes([each]) * 20 for each in range(4)]),
)


def tree(name: str) -> Mark:
    return ("tree", oid(name))


def signature(name: str) -> Mark:
    return ("signature", oid(name))


def test_one_tree_or_one_signature_makes_one_kernel() -> None:
    kernels = Kernels.of([(A, tree("x")), (B, tree("x")), (C, signature("s")), (D, signature("s"))])
    assert kernels.twins(A) == kernels.twins(B) == tuple(sorted([A, B]))
    assert kernels.twins(C) == tuple(sorted([C, D]))
    assert not kernels.are_one(A, C)


def test_a_tree_and_a_signature_together_chain_three() -> None:
    kernels = Kernels.of([(A, tree("x")), (B, tree("x")), (B, signature("s")), (C, signature("s"))])
    assert kernels.are_one(A, C)
    assert kernels.twins(C) == tuple(sorted([A, B, C]))


def test_a_tree_and_a_signature_of_the_same_bytes_are_two_things() -> None:
    assert not Kernels.of([(A, tree("x")), (B, signature("x"))]).are_one(A, B)


def test_what_shares_nothing_is_alone() -> None:
    kernels = Kernels.of([(A, tree("x")), (B, tree("y"))])
    assert kernels.together == {}
    assert kernels.twins(A) == (A,)
    assert kernels.twins(D) == (D,)


def test_commits_never_spoken_of_join_by_the_trees_of_the_repository() -> None:
    trees = Trees.read([(A, oid("x")), (B, oid("x")), (C, oid("z")), (D, oid("z"))])
    kernels = Kernels.of([(A, tree("x"))], trees)
    assert kernels.twins(A) == tuple(sorted([A, B]))
    assert kernels.are_one(C, D)
    assert not kernels.are_one(A, D)


@given(st.lists(st.tuples(revisions, marks)), st.randoms())
def test_the_order_in_which_marks_come_does_not_matter(pairs: list[tuple[bytes, Mark]], rng: Any) -> None:
    assert Kernels.of(rng.sample(pairs, len(pairs))) == Kernels.of(pairs)


@given(st.lists(st.tuples(revisions, marks)))
def test_being_one_kernel_is_what_chains_of_common_marks_say(pairs: list[tuple[bytes, Mark]]) -> None:
    """Against a plain closure: start with every revision alone, and join whatever has a mark in common."""
    kernels = Kernels.of(pairs)
    for one, _ in pairs:
        reached = {one}
        while True:
            has = {mark for each, mark in pairs if each in reached}
            further = reached | {each for each, mark in pairs if mark in has}
            if further == reached:
                break
            reached = further
        assert set(kernels.twins(one)) == reached
