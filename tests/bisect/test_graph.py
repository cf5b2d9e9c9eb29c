from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbis.bisect.graph import Graph
from tests.graphs import History, histories


def oid(name: str) -> bytes:
    return name.encode().rjust(20, b"-")


def graph(*rows: tuple[str, int, str]) -> Graph:
    """A graph of one-letter commits: name, date, names of the parents."""
    return Graph.of((oid(name), date, [oid(p) for p in parents]) for name, date, parents in rows)


def names(oids: Iterable[bytes]) -> str:
    return "".join(o.decode().lstrip("-") for o in oids)


DIAMOND = graph(("d", 4, "bc"), ("c", 3, "a"), ("b", 2, "a"), ("a", 1, ""))


def test_candidates_are_what_the_bad_end_has_and_no_good_end_has() -> None:
    assert names(DIAMOND.range(oid("d"), [oid("b")]).oids) == "cd"
    assert names(DIAMOND.range(oid("d"), [oid("b"), oid("c")]).oids) == "d"
    assert names(DIAMOND.range(oid("b"), []).oids) == "ab"


def test_parents_outside_the_range_are_left_out() -> None:
    candidates = DIAMOND.range(oid("d"), [oid("b")])
    assert candidates.parents == ((), (0,))


def test_a_good_end_outside_the_graph_excludes_nothing() -> None:
    assert len(DIAMOND.range(oid("d"), [oid("z")])) == 4


def test_no_candidate_is_left_where_a_good_end_contains_the_bad_end() -> None:
    candidates = DIAMOND.range(oid("b"), [oid("d")])
    assert (candidates.bad, candidates.oids) == (oid("b"), ())


def test_commits_of_one_date_are_listed_in_the_order_they_were_met() -> None:
    same = graph(("e", 1, "bcd"), ("b", 1, "a"), ("c", 1, "a"), ("d", 1, "a"), ("a", 1, ""))
    assert names(same.range(oid("e"), []).oids) == "adcbe"


def test_a_child_with_a_slow_clock_stands_before_its_parent() -> None:
    skewed = graph(("e", 9, "cd"), ("d", 1, "c"), ("c", 8, "a"), ("a", 2, ""))
    candidates = skewed.range(oid("e"), [])
    assert names(candidates.oids) == "dace"
    assert candidates.parents == ((2,), (), (1,), (2, 0))


def test_rows_may_come_in_any_order() -> None:
    backwards = graph(("a", 1, ""), ("b", 2, "a"), ("c", 3, "a"), ("d", 4, "bc"))
    assert backwards.range(oid("d"), []) == DIAMOND.range(oid("d"), [])


def test_a_commit_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        graph(("a", 1, ""), ("a", 1, ""))


def test_an_unknown_bad_end_is_an_error() -> None:
    with pytest.raises(KeyError):
        DIAMOND.range(oid("z"), [])


def test_missing_names_the_commits_that_were_not_loaded() -> None:
    assert names(DIAMOND.missing([oid("z"), oid("a"), oid("y")])) == "zy"
    assert DIAMOND.contains(oid("a"))
    assert not DIAMOND.contains(oid("z"))


def test_parents_keep_the_order_of_the_commit() -> None:
    assert names(DIAMOND.parents_of(oid("d"))) == "bc"


def in_git_order(history: History, end: int, inside: set[int]) -> list[int]:
    """List the inside from `end`, by insertion into a list sorted by date (git's commit.c), oldest first."""
    queue, met = [end], {end}
    listed: list[int] = []
    while queue:
        commit = queue.pop(0)
        listed.insert(0, commit)
        for parent in history.parents[commit]:
            if parent in inside and parent not in met:
                met.add(parent)
                later = [n for n, c in enumerate(queue) if history.dates[c] < history.dates[parent]]
                queue.insert(later[0] if later else len(queue), parent)
    return listed


@given(histories(), st.data())
def test_a_range_is_the_walk_git_would_make(history: History, data: st.DataObject) -> None:
    commits = range(len(history.oids))
    bad = data.draw(st.sampled_from(commits))
    goods = data.draw(st.lists(st.sampled_from(commits), max_size=3))
    inside = history.ancestors([bad]) - history.ancestors(goods)
    expected = in_git_order(history, bad, inside) if inside else []

    candidates = history.graph().range(history.oids[bad], [history.oids[g] for g in goods])

    assert [history.position(o) for o in candidates.oids] == expected
    assert [[expected[p] for p in own] for own in candidates.parents] == [
        [p for p in history.parents[c] if p in inside] for c in expected
    ]


@given(histories(), st.data())
def test_a_range_of_a_loaded_range_is_the_range_of_the_whole(history: History, data: st.DataObject) -> None:
    commits = range(len(history.oids))
    end = data.draw(st.sampled_from(commits))
    start = data.draw(st.sampled_from(commits))
    loaded = history.ancestors([end]) - history.ancestors([start])
    part = Graph.of(
        (history.oids[c], history.dates[c], [history.oids[p] for p in history.parents[c]]) for c in loaded
    )
    if not loaded:
        return
    bad, *goods = data.draw(st.lists(st.sampled_from(sorted(loaded)), min_size=1, max_size=4))
    ends = [history.oids[g] for g in (start, *goods)]
    assert part.range(history.oids[bad], ends) == history.graph().range(history.oids[bad], ends)


@given(histories())
def test_ancestors_are_found_and_no_others(history: History) -> None:
    whole = history.graph()
    for younger in range(len(history.oids)):
        found = {c for c, o in enumerate(history.oids) if whole.is_ancestor(o, history.oids[younger])}
        assert found == history.ancestors([younger])
