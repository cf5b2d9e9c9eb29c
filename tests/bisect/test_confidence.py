import pytest

from kbis.bisect.confidence import chance_all_missed, confidence_ppm


def test_the_chance_of_misses_is_the_integral_over_the_unknown_rate() -> None:
    steps = 200_000
    grid = [(i + 0.5) / steps for i in range(steps)]
    weight = [p ** (8 - 0.5) * (1 - p) ** (12 - 0.5) for p in grid]
    expected = sum(w * (1 - p) ** 20 for w, p in zip(weight, grid, strict=True)) / sum(weight)
    assert chance_all_missed(8, 12, 20) == pytest.approx(expected, rel=1e-4)


def test_no_boots_leave_nothing_to_miss() -> None:
    assert chance_all_missed(8, 12, 0) == pytest.approx(1)


def test_a_good_verdict_without_boots_leaves_no_confidence() -> None:
    assert confidence_ppm(8, 12, [0]) == 0


def test_no_good_verdict_can_be_a_miss_when_there_is_none() -> None:
    assert confidence_ppm(8, 12, []) == 1_000_000
