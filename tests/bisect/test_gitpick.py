import struct
from ctypes import c_int32, c_uint32
from math import isqrt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kbis.bisect.gitpick import (
    PRN_MODULO,
    Answer,
    BothGoodAndBad,
    FirstBad,
    OnlySkipped,
    Pick,
    _skip_away,
    bisecting_line,
    pick,
)
from kbis.bisect.graph import Range
from tests.graphs import History, histories


def line(size: int) -> Range:
    """A history without branches; the object ids fall as the commits get younger."""
    oids = tuple((2**30 - t).to_bytes(20) for t in range(size))
    return Range(oids[-1], oids, tuple(() if t == 0 else (t - 1,) for t in range(size)))


def test_the_middle_of_a_straight_line_is_picked() -> None:
    assert pick(line(10), frozenset()) == Pick(line(10).oids[4], left=4, steps=2)


def test_the_last_candidate_is_the_first_bad_commit() -> None:
    assert pick(line(1), frozenset()) == FirstBad(line(1).bad)


def test_nothing_is_picked_where_a_good_commit_contains_the_bad_end() -> None:
    assert pick(Range(b"x" * 20, (), ()), frozenset()) == BothGoodAndBad(b"x" * 20)


def test_a_halfway_merge_wins_over_an_older_halfway_commit() -> None:
    oids = tuple(bytes([t]) * 20 for t in range(7))
    split = Range(oids[6], oids, ((), (0,), (1,), (), (1, 3), (2, 4), (5,)))
    assert pick(split, frozenset()) == Pick(oids[4], left=2, steps=2)


def test_in_a_large_range_near_the_middle_is_good_enough() -> None:
    # 11254 // 1024 = 10, so the first commit with |2w - 11254| < 10 is taken.
    candidates = line(11_254)
    assert pick(candidates, frozenset()) == Pick(candidates.oids[5_622], left=5_630, steps=13)


def test_a_skip_outside_the_range_changes_how_ties_are_broken() -> None:
    candidates = line(4)
    assert pick(line(5), frozenset()) == Pick(line(5).oids[1], left=2, steps=1)
    assert pick(line(5), {b"elsewhere".ljust(20)}) == Pick(line(5).oids[2], left=1, steps=1)
    assert pick(candidates, frozenset()) == pick(candidates, {b"elsewhere".ljust(20)})


def test_when_only_skipped_commits_are_left_they_are_listed_with_the_bad_end() -> None:
    oids = line(4).oids
    assert pick(line(4), set(oids[:3])) == OnlySkipped((oids[1], oids[2], oids[0], oids[3]))


def test_a_skipped_bad_end_is_listed_once() -> None:
    oids = line(3).oids
    assert pick(line(3), set(oids)) == OnlySkipped((oids[1], oids[0], oids[2]))


@pytest.mark.parametrize(
    ("left", "steps", "said"),
    [
        (0, 0, "Bisecting: 0 revisions left to test after this (roughly 0 steps)"),
        (0, 1, "Bisecting: 0 revisions left to test after this (roughly 1 step)"),
        (1, 1, "Bisecting: 1 revision left to test after this (roughly 1 step)"),
        (453, 9, "Bisecting: 453 revisions left to test after this (roughly 9 steps)"),
    ],
)
def test_one_revision_and_one_step_are_singular(left: int, steps: int, said: str) -> None:
    assert bisecting_line(left, steps) == said


def single(number: float) -> float:
    """Round to single precision."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def newton_root(number: int) -> int:
    """Git's `sqrti`, step by step in single precision."""
    x = float(number)
    while number:
        y = single(single(x + single(number / x)) / 2)
        near = abs(single(y - x)) < 0.5
        x = y
        if near:
            break
    return int(x)


def test_gits_own_square_root_is_the_integer_root_for_every_number_it_meets() -> None:
    assert all(newton_root(n) == isqrt(n) for n in range(PRN_MODULO + 1))


def c_index(count: int) -> int:
    """The index `skip_away` draws, in C's 32-bit arithmetic."""
    drawn = c_uint32(count * 1103515245 + 12345).value // 65536 % PRN_MODULO
    scaled = c_int32(int(c_int32(count * drawn).value / PRN_MODULO) * isqrt(drawn)).value
    return int(scaled / isqrt(PRN_MODULO))


@given(st.integers(1, 400_000))
@example(count=24_884)  # draws the last index
@example(count=65_636)  # wraps around to a negative one
def test_the_draw_wraps_around_as_it_does_in_c(count: int) -> None:
    testable = [n.to_bytes(20) for n in range(count)]
    index = c_index(count)
    expected = index if 0 <= index < count - 1 else count - 2 if index == count - 1 > 0 else 0
    assert _skip_away(testable, bad=testable[-1]) == testable[expected]


def by_hand(history: History, bad: int, goods: list[int], skipped: set[int]) -> Answer:
    """Git's rules on plain sets of ancestors."""
    candidates = history.graph().range(history.oids[bad], [history.oids[g] for g in goods])
    members = [history.position(o) for o in candidates.oids]
    if not members:
        return BothGoodAndBad(history.oids[bad])
    total = len(members)
    weight = {c: len(history.ancestors([c]) & set(members)) for c in members}
    inside = {c: [p for p in history.parents[c] if p in weight] for c in members}
    gain = {c: min(weight[c], total - weight[c]) for c in members}
    steps = max((n for n in range(32) if 4 * 2**n < 3 * total), default=0)

    def picked(c: int, numbers_of: int) -> Answer:
        if c == bad:
            return FirstBad(history.oids[bad])
        return Pick(history.oids[c], total - weight[numbers_of] - 1, steps)

    if skipped:
        ranked = sorted(members, key=lambda c: (-gain[c], history.oids[c]))
        tried = [history.oids[c] for c in ranked if c in skipped]
        testable = [c for c in ranked if c not in skipped]
        if ranked[0] not in skipped:
            return picked(ranked[0], ranked[0])
        if testable in ([], [bad]):
            return OnlySkipped((*tried, *(history.oids[c] for c in testable)))
        index = c_index(len(testable))
        return picked(testable[index - 1 if testable[index] == bad and index else index], ranked[0])

    merges = [c for c in members if len(inside[c]) > 1]
    for c in merges:
        if abs(2 * weight[c] - total) <= 1:
            return picked(c, c)
    known = {c for c in members if len(inside[c]) != 1}
    while len(known) < total:
        for c in members:
            if c not in known and inside[c][0] in known:
                known.add(c)
                if abs(2 * weight[c] - total) <= 1:
                    return picked(c, c)
    best = max(gain.values())
    first = next(c for c in members if gain[c] == best)
    return picked(first, first)


@given(histories(), st.data())
def test_every_small_history_is_picked_from_by_gits_rules(history: History, data: st.DataObject) -> None:
    commits = range(len(history.oids))
    bad = data.draw(st.sampled_from(commits))
    goods = data.draw(st.lists(st.sampled_from(commits), max_size=2))
    skipped = data.draw(st.sets(st.sampled_from(commits)))
    candidates = history.graph().range(history.oids[bad], [history.oids[g] for g in goods])
    assert pick(candidates, {history.oids[c] for c in skipped}) == by_hand(history, bad, goods, skipped)
