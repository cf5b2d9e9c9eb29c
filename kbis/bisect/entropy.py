"""Entropy in bits, the same to the last bit on every machine.

IEEE 754 fixes what +, -, * and / give; the C library's `log` and `pow` differ between versions and processors. A plan
must not depend on them, so nothing here, nor in what calls it, uses more than the four operations in a fixed order.
"""

from functools import cache
from math import frexp, ldexp

LN2 = 0.6931471805599453
CELLS = 1 << 12
"""Cells of the table of logarithms of 1/2 to 1; linear between them, it is off by 10^-8 bits at most."""

_TERMS = 14
"""Terms of the series of artanh: |x| <= 1/3, so what is left out is below 10^-15."""


def log2(x: float) -> float:
    """Return the logarithm of a positive number to the base 2, within 10^-8."""
    mantissa, exponent = frexp(x)
    at = (mantissa - 0.5) * (2 * CELLS)
    cell = int(at)
    table = _table()
    below = table[cell]
    return exponent + below + (table[cell + 1] - below) * (at - cell)


def binary_entropy(p: float) -> float:
    """Return the entropy of an event of chance p, in bits."""
    if p <= 0.0 or p >= 1.0:
        return 0.0
    return -(p * log2(p) + (1 - p) * log2(1 - p))


@cache
def _table() -> tuple[float, ...]:
    """Return the logarithms of the mantissas: 2 artanh((m - 1) / (m + 1)) / ln 2, by its series."""
    logarithms = []
    for cell in range(CELLS + 2):
        mantissa = 0.5 + cell / (2 * CELLS)
        z = (mantissa - 1) / (mantissa + 1)
        square, total, odd = z * z, 0.0, z
        for term in range(_TERMS):
            total += odd / (2 * term + 1)
            odd *= square
        logarithms.append(2 * total / LN2)
    return tuple(logarithms)


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
