"""Logarithms and powers from the four operations: near the library's, and never off where it matters."""

import math

import pytest

from kbis.bisect.entropy import binary_entropy, log2, power, scaled_power


@pytest.mark.parametrize(
    "x", [5e-324, 1e-300, 1e-9, 0.1, 0.3, 0.5, 0.75, 0.999999, 1.0, 1.5, 2.0, 3e5, 1e300]
)
def test_logarithms_agree_with_the_librarys(x: float) -> None:
    assert log2(x) == pytest.approx(math.log2(x), abs=2e-8)


@pytest.mark.parametrize("p", [0.0, 1.0, 1e-12, 1e-4, 0.01, 0.25, 0.5, 0.9, 1 - 1e-9])
def test_the_binary_entropy_agrees_with_its_definition(p: float) -> None:
    wanted = -sum(each * math.log2(each) for each in (p, 1 - p) if each > 0)
    assert binary_entropy(p) == pytest.approx(wanted, abs=2e-8)


@pytest.mark.parametrize(
    ("x", "n"), [(0.3, 0), (0.3, 1), (0.9995, 1000), (0.05, 37), (0.0, 3), (0.0, 0), (1.0, 9)]
)
def test_powers_agree_with_the_librarys(x: float, n: int) -> None:
    assert power(x, n) == pytest.approx(x**n, rel=1e-12)


def test_a_power_too_small_for_a_float_keeps_its_digits() -> None:
    mantissa, exponent = scaled_power(0.05, 1000)
    assert power(0.05, 1000) == 0.0
    assert math.log2(mantissa) + exponent == pytest.approx(1000 * math.log2(0.05), rel=1e-12)
