"""The posterior and the information of a test, against their definitions worked out the long way."""

import math
from itertools import product

import pytest

from kbis.bisect.candidates import Candidates, candidates_of
from kbis.bisect.graph import Graph
from kbis.bisect.information import answer_again, fresh
from kbis.bisect.posterior import CONTRADICTS, OLDER_PRIOR, Kernel, Posterior, posterior
from kbis.bisect.rates import FALSE_PRIOR, FALSE_RATES, MASKED, NAMESAKE, RATE_PRIOR, RATES, STRAY, Counts
from tests.facts import oid

Parents = dict[str, tuple[str, ...]]

DIAMOND: Parents = {"a": (), "b": ("a",), "c": ("a",), "m": ("b", "c"), "bad": ("m",)}


def graph_of(parents: Parents) -> Graph:
    return Graph.of(
        (oid(name), at, [oid(each) for each in own]) for at, (name, own) in enumerate(parents.items())
    )


def ancestors(parents: Parents, name: str) -> set[str]:
    found, todo = {name}, [name]
    while todo:
        for each in parents[todo.pop()]:
            if each not in found:
                found.add(each)
                todo.append(each)
    return found


def chance(counts: tuple[int, int], p: float, *, there: bool) -> float:
    hits, misses = counts
    plain = p**hits * (1 - p) ** misses
    if there:
        return (1 - MASKED) * plain + MASKED * STRAY**hits * (1 - STRAY) ** misses
    anything = math.gamma(hits + 1) * math.gamma(misses + 1) / math.gamma(hits + misses + 2)
    return (1 - NAMESAKE) * plain + NAMESAKE * anything


def joint(parents: Parents, seen: dict[str, tuple[int, int]]) -> dict[str, float]:
    """The joint chance of each candidate, and of the older bug, with all boots: both rates summed over."""
    weights = {}
    prior = {**dict.fromkeys(parents, 1 - OLDER_PRIOR), "older": OLDER_PRIOR * len(parents)}
    for culprit in prior:
        total = 0.0
        for (p, p_weight), (q, q_weight) in product(
            zip(RATES, RATE_PRIOR, strict=True), zip(FALSE_RATES, FALSE_PRIOR, strict=True)
        ):
            each = p_weight * q_weight
            for name, counts in seen.items():
                there = culprit == "older" or (name in parents and culprit in ancestors(parents, name))
                each *= chance(counts, p if there else q, there=there)
            total += each
        weights[culprit] = prior[culprit] * total
    return weights


def normalised(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: each / total for name, each in weights.items()}


def believed(parents: Parents, seen: dict[str, tuple[int, int]]) -> tuple[Candidates, Posterior]:
    graph = graph_of(parents)
    candidates = candidates_of(graph, oid("bad"), (oid("good"),))
    kernels = [Kernel((oid(name),), Counts(*counts)) for name, counts in seen.items()]
    return candidates, posterior(graph, candidates, kernels)


@pytest.mark.parametrize("seen", [
    {},
    {"bad": (1, 0)},
    {"bad": (3, 0), "m": (0, 4), "good": (0, 2)},
    {"bad": (9, 3), "b": (0, 5), "c": (2, 1)},
    {"bad": (2, 0), "m": (1, 9), "b": (0, 20), "c": (0, 20)},
])  # fmt: skip
def test_the_chances_are_those_of_the_model(seen: dict[str, tuple[int, int]]) -> None:
    candidates, belief = believed(DIAMOND, seen)
    wanted = normalised(joint(DIAMOND, seen))
    for name in DIAMOND:
        assert belief.chances[candidates.position[oid(name)]] == pytest.approx(wanted[name], rel=1e-9)
    assert belief.older == pytest.approx(wanted["older"], rel=1e-9)


def entropy(weights: dict[str, float]) -> float:
    return -sum(each * math.log2(each) for each in weights.values() if each > 0)


@pytest.mark.parametrize("boots", [1, 3])
def test_the_gain_of_boots_elsewhere_is_the_entropy_that_they_take_away(boots: int) -> None:
    seen = {"bad": (4, 1), "b": (0, 2)}
    candidates, belief = believed(DIAMOND, seen)
    before = joint(DIAMOND, seen)
    answers = fresh(candidates.sums, belief, boots)
    for name in ("a", "c", "m"):
        all_miss = joint(DIAMOND, {**seen, name: (0, boots)})
        some_hit = {each: before[each] - all_miss[each] for each in before}
        missing = sum(all_miss.values()) / sum(before.values())
        gain = entropy(normalised(before)) - (
            missing * entropy(normalised(all_miss)) + (1 - missing) * entropy(normalised(some_hit))
        )
        answer = answers.at(candidates.position[oid(name)])
        # The plan leaves the two kinds of outliers out of its foresight of new revisions.
        assert answer.gain == pytest.approx(gain, abs=5e-3)
        assert answer.missing == pytest.approx(missing, abs=5e-3)


def test_the_gain_of_more_boots_of_a_kernel_knows_what_may_be_masked() -> None:
    seen = {"bad": (30, 0), "m": (0, 30), "b": (0, 1)}
    _, belief = believed(DIAMOND, seen)
    before = joint(DIAMOND, seen)
    all_miss = joint(DIAMOND, {**seen, "m": (0, 32)})
    missing = sum(all_miss.values()) / sum(before.values())
    place = [each.revisions for each in belief.kernels].index((oid("m"),))
    answer = answer_again(belief, belief.masses(), place, 2)
    assert answer.missing == pytest.approx(missing, rel=1e-6)
    assert answer.gain < 1e-6


def test_one_kernel_of_two_revisions_cannot_be_good_and_bad() -> None:
    graph = graph_of(DIAMOND)
    candidates = candidates_of(graph, oid("bad"), (oid("good"),))
    same = Kernel((oid("b"), oid("m")), Counts(0, 3))
    belief = posterior(graph, candidates, [same, Kernel((oid("bad"),), Counts(3, 0))])
    chances = {name: belief.chances[candidates.position[oid(name)]] for name in DIAMOND}
    assert chances["c"] + chances["m"] < 10 * CONTRADICTS
    assert chances["bad"] > 0.8


def test_thousands_of_boots_do_not_run_out_of_floats() -> None:
    _, belief = believed(DIAMOND, {"bad": (250, 4750), "b": (0, 5000), "c": (0, 5000), "m": (240, 4760)})
    assert sum(belief.chances) + belief.older == pytest.approx(1.0)
    assert max(belief.chances) > 0.99
