"""The key that signs modules: the same for everybody, so that kernels which embed its certificate are equal.

It protects nothing and is no secret. It is derived from a label, so that no private key lies in the source.
"""

from datetime import UTC, datetime
from functools import cache
from hashlib import shake_256
from itertools import count

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_LABEL = "kbis: a key that signs nothing of value"
_EXPONENT = 65537
_PRIME_BITS = 1024
_ROUNDS = 40
"""Rounds of Miller and Rabin; a number that is no prime passes with a probability of at most 4**-40."""

_SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


@cache
def module_key() -> bytes:
    """Return key and self-signed certificate as PEM, as CONFIG_MODULE_SIG_KEY wants them."""
    p, q = _prime("p"), _prime("q")
    d = rsa.rsa_recover_private_exponent(_EXPONENT, p, q)
    key = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(_EXPONENT, p * q)
    ).private_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kbis module key")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(1970, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _prime(name: str) -> int:
    """Return the first prime among the numbers that a label gives."""
    for n in count():
        drawn = int.from_bytes(shake_256(f"{_LABEL}/{name}/{n}".encode()).digest(_PRIME_BITS // 8))
        number = drawn | 1 | 3 << (_PRIME_BITS - 2)  # the product has all 2048 bits
        if (number - 1) % _EXPONENT and all(number % p for p in _SMALL_PRIMES) and _passes(number):
            return number
    raise AssertionError  # count() does not end


def _passes(number: int) -> bool:
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    odd = (number - 1) >> twos
    for n in range(_ROUNDS):
        base = 2 + int.from_bytes(shake_256(f"{number}/{n}".encode()).digest(64))
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True
