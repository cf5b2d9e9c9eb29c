import math
import random
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kbis.bisect.ancestry import NO_TRUNK, ancestry
from kbis.bisect.graph import Range
from tests.graphs import CLOCKS, History, dates, histories, random_parents, real_parents, without_git


def whole(history: History) -> Range:
    """The range below the last commit."""
    return history.graph().range(history.oids[-1], [])


def ancestor_sets(candidates: Range) -> list[set[int]]:
    def walk(start: int) -> set[int]:
        found, pending = {start}, [start]
        while pending:
            new = set(candidates.parents[pending.pop()]) - found
            found |= new
            pending.extend(new)
        return found

    return [walk(t) for t in range(len(candidates))]


@given(histories(), st.randoms(use_true_random=False))
def test_integer_sums_are_the_plain_sums(history: History, rng: random.Random) -> None:
    candidates = whole(history)
    below = ancestor_sets(candidates)
    weights = [rng.randint(-(10**30), 10**30) for _ in below]
    found = ancestry(candidates)
    assert found.counts() == [len(own) for own in below]
    assert found.ancestor_sums(weights) == [sum(weights[c] for c in own) for own in below]
    assert found.descendant_sums(weights) == [
        sum(weights[t] for t, own in enumerate(below) if c in own) for c in range(len(below))
    ]


@given(histories())
def test_a_remainder_is_what_a_commit_has_beyond_its_trunk(history: History) -> None:
    candidates = whole(history)
    below = ancestor_sets(candidates)
    found = ancestry(candidates)
    for t, (trunk, remainder) in enumerate(zip(found.trunks, found.remainders, strict=True)):
        beyond = below[t] - {t} - (set() if trunk == NO_TRUNK else below[trunk])
        assert list(remainder) == sorted(beyond)


@given(histories())
def test_the_order_has_parents_before_children(history: History) -> None:
    candidates = whole(history)
    place = {t: n for n, t in enumerate(ancestry(candidates).order)}
    assert sorted(place) == list(range(len(candidates)))
    assert all(place[p] < place[t] for t, own in enumerate(candidates.parents) for p in own)


@given(histories(largest=40), st.randoms(use_true_random=False))
def test_float_sums_are_as_near_as_one_by_one_addition_can_be(history: History, rng: random.Random) -> None:
    candidates = whole(history)
    weights = [rng.random() for _ in candidates.oids]
    exact = [Fraction(w) for w in weights]
    for t, own in enumerate(ancestor_sets(candidates)):
        total = float(sum(exact[c] for c in own))
        assert math.isclose(ancestry(candidates).ancestor_sums(weights)[t], total, rel_tol=1e-14)


def test_larger_histories_of_every_kind_are_counted_right() -> None:
    for seed in range(12):
        rng = random.Random(seed)
        size = rng.randint(200, 600)
        candidates = whole(without_git(random_parents(rng, size), dates(rng, size, CLOCKS[seed % 3]), rng))
        assert ancestry(candidates).counts() == [len(own) for own in ancestor_sets(candidates)]


def test_the_remainders_of_a_real_history_are_about_as_long_as_the_history() -> None:
    parents = real_parents()
    rng = random.Random(0)
    found = ancestry(whole(without_git(parents, dates(rng, len(parents), "plain"), rng)))
    assert sum(map(len, found.remainders)) < 1.2 * len(parents)
    assert found.counts()[-1] == len(parents)


def test_the_real_history_is_counted_right() -> None:
    parents = real_parents()
    rng = random.Random(0)
    candidates = whole(without_git(parents, dates(rng, len(parents), "skewed"), rng))
    found = ancestry(candidates)
    below: dict[int, int] = {}
    for t in found.order[:20_000]:
        own = 1 << t
        for p in candidates.parents[t]:
            own |= below[p]
        below[t] = own
    counts = found.counts()
    assert all(counts[t] == own.bit_count() for t, own in below.items())
