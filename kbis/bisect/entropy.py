"""Entropy in bits, the same to the last bit on every machine.

IEEE 754 fixes what +, -, * and / give; the C library's `log` and `pow` differ between versions and processors. A plan
must not depend on them, so nothing here, nor in what calls it, uses more than the four operations in a fixed order.
"""

from functools import cache
from math import frexp, ldexp

LN2 = 0.6931471805599453
CELLS = 1 << 12
"""Cells of the table of the binary entropy; between them it is linear, less than 10^-4 bits off."""

_TERMS = 14
"""Terms of the series of artanh: |x| <= 1/3, so what is left out is below 10^-15."""


def log2(x: float) -> float:
    """Return the logarithm of a positive number to the base 2, within a few units of the last place."""
    mantissa, exponent = frexp(x)
    z = (mantissa * 2 - 1) / (mantissa * 2 + 1)
    square = z * z
    total, power = 0.0, z
    for term in range(_TERMS):
        total += power / (2 * term + 1)
        power *= square
    return exponent - 1 + 2 * total / LN2


def power(x: float, n: int) -> float:
    """Return x to a whole power n >= 0, by squaring; 0 where it is too small for a float."""
    mantissa, exponent = scaled_power(x, n)
    return ldexp(mantissa, exponent)


def scaled_power(x: float, n: int) -> tuple[float, int]:
    """Return x to a whole power n >= 0 as m and e with m * 2**e, so that nothing is too small."""
    result, exponent = 1.0, 0
    x, factor = frexp(x)
    while n:
        if n & 1:
            result, more = frexp(result * x)
            exponent += factor + more
        x, more = frexp(x * x)
        factor += factor + more
        n >>= 1
    return result, exponent


def binary_entropy(p: float) -> float:
    """Return the entropy of an event of chance p, in bits; from a table, since plans need it for every commit."""
    at = p * CELLS
    cell = int(at)
    if cell < 2 or cell >= CELLS - 2:
        return _exact(p)
    table = _table()
    below = table[cell]
    return below + (table[cell + 1] - below) * (at - cell)


def _exact(p: float) -> float:
    if p <= 0.0 or p >= 1.0:
        return 0.0
    return -(p * log2(p) + (1 - p) * log2(1 - p))


@cache
def _table() -> tuple[float, ...]:
    return tuple(_exact(cell / CELLS) for cell in range(CELLS + 1))
