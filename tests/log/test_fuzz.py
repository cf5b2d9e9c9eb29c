"""Mutation fuzzing of lines and bodies: nothing that is not canonical is taken, and no signature survives a change.

KBIS_FUZZ=N tries N mutations instead of the 200,000 of every run.
"""

import base64
import os
import random
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from kbis.log import canon, sshsig
from kbis.log.canon import NotCanonicalError
from kbis.log.event import BadEventError, decode
from kbis.log.line import ForeignLineError, format_line, parse_line
from tests.log.examples import examples
from tests.log.world import ANN

MUTATIONS = int(os.environ.get("KBIS_FUZZ", "200000"))
PARTS = 4

EVENTS = list(examples())
LINES = [ANN.line(event) for event in EVENTS]
BODIES = [event.body for event in EVENTS]
SIGNATURES = [ANN.signed(event).signature for event in EVENTS]
REFUSALS = (ForeignLineError, BadEventError, NotCanonicalError)
WORDS = [
    b"k1 ",
    b"k2 ",
    b" ",
    b"\r",
    b"\0",
    b"=",
    b"-",
    b"_",
    b"+",
    b"/",
    b"\xff",
    b"A",
    b"0",
    b"\n",
    b"\xc2\xa0",
]
PACKED = [
    b"\xc0",
    b"\xc1",
    b"\xc3",
    b"\xcc\x01",
    b"\xcb" + bytes(8),
    b"\xd4\x01\x00",
    b"\xdc\x00\x00",
    b"\xdf" + bytes(4),
]


def bent(rng: random.Random, data: bytes, words: list[bytes], others: list[bytes]) -> bytes:
    """One to three small changes: a bit, a byte, a word put in, a piece cut out, doubled, or taken from elsewhere."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 2, 8, 60)))
        match rng.randrange(8):
            case 0 | 1 if at < len(data):
                data = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
            case 2:
                data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
            case 3:
                data = data[:at] + rng.choice(words) + data[at:]
            case 4:
                data = data[:at] + data[end:]
            case 5:
                data = data[:end] + data[at:]
            case 6:
                other = rng.choice(others)
                data = data[:at] + other[at:end] + data[end:]
            case _:
                data = data[:at] if rng.random() < 0.1 else data[:at] + rng.choice(words) + data[end:]
    return data


def swapped(rng: random.Random, line: bytes) -> bytes:
    """A line with one of its fields taken from another one."""
    fields, other = line.split(b" "), rng.choice(LINES).split(b" ")
    at = rng.randrange(len(fields))
    fields[at] = other[at]
    return b" ".join(fields)


def respelt(rng: random.Random, line: bytes) -> bytes:
    """A line whose base64 says the same, or nearly, in other characters."""
    fields = line.split(b" ")
    at = rng.choice((4, 5))
    text = fields[at]
    fields[at] = rng.choice(
        [
            text[:-1]
            + rng.choice(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_").to_bytes(),
            text + b"=" * (-len(text) % 4 or 1),
            text.replace(b"-", b"+").replace(b"_", b"/") + rng.choice((b"", b"A")),
            text[:40] + b"\n" + text[40:],
        ]
    )
    return b" ".join(fields)


def repacked(rng: random.Random, body: bytes) -> bytes:
    """The body with one value changed and packed again, sometimes in another order or form."""
    value: Any = msgpack.unpackb(body)
    inside = value
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        if not keys:
            break
        key = rng.choice(keys)
        if isinstance(inside[key], dict | list) and rng.random() < 0.6:
            inside = inside[key]
            continue
        inside[key] = rng.choice(
            (None, True, False, 0, 1, -1, 2**40, 1.0, "", "x", b"", bytes(20), bytes(32), [], {})
        )
        break
    if rng.random() < 0.2 and isinstance(inside, dict):
        inside[rng.choice(("zz", "", "a", b"k", 1))] = 1
    if rng.random() < 0.2:
        value = dict(reversed(value.items()))
    return bytes(msgpack.packb(dict(sorted(value.items(), key=repr)) if rng.random() < 0.7 else value))


def line_is_sound_or_refused(line: bytes) -> bool:
    try:
        signed = parse_line(line)
    except REFUSALS:
        return False
    assert format_line(signed) == line
    assert canon.encode(canon.decode(signed.event.body)) == signed.event.body
    assert line in LINES or not ANN.public.verify(sshsig.preimage(signed.event.body), signed.signature)
    return True


def body_is_sound_or_refused(body: bytes, signature: bytes) -> bool:
    try:
        event = decode(body)
    except REFUSALS:
        return False
    assert event.body == body == canon.encode(canon.decode(body))
    assert body in BODIES or not ANN.public.verify(sshsig.preimage(body), signature)
    return True


def line_mutant(rng: random.Random) -> bytes:
    line = rng.choice(LINES)
    kind = rng.random()
    if kind < 0.6:
        return bent(rng, line, WORDS, LINES)
    if kind < 0.75:
        return swapped(rng, line)
    if kind < 0.85:
        return respelt(rng, line)
    fields = line.split(b" ")
    body = repacked(rng, BODIES[LINES.index(line)])
    fields[4] = base64.urlsafe_b64encode(body).rstrip(b"=")
    return b" ".join(fields)


def body_mutant(rng: random.Random, at: int) -> bytes:
    if rng.random() < 0.6:
        return bent(rng, BODIES[at], PACKED, BODIES)
    return repacked(rng, BODIES[at])


@pytest.mark.parametrize("part", range(PARTS))
def test_no_mutated_line_or_body_is_taken_for_what_it_is_not(part: int) -> None:
    rng = random.Random(part)
    taken: list[bool] = []
    for n in range(MUTATIONS // PARTS):
        if n % 2:
            taken.append(line_is_sound_or_refused(line_mutant(rng)))
        else:
            at = rng.randrange(len(BODIES))
            taken.append(body_is_sound_or_refused(body_mutant(rng, at), SIGNATURES[at]))
    assert len(taken) == MUTATIONS // PARTS
    assert 0 < sum(taken) < len(taken) // 2


@pytest.mark.parametrize("check", [canon.decode, decode, parse_line])
def test_noise_meets_no_other_error(check: Callable[[bytes], Any]) -> None:
    rng = random.Random(7)
    for _ in range(5_000):
        noise = rng.randbytes(rng.randrange(60))
        try:
            check(noise)
        except REFUSALS:
            continue
