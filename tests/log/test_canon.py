"""Canonical msgpack: one value, one byte string, and every known way to have two is refused."""

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbis.log.canon import (
    INT_MAX,
    INT_MIN,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    NotCanonicalError,
    decode,
    encode,
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(INT_MIN, INT_MAX)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.binary(max_size=300)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=40,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def same(left: Any, right: Any) -> bool:
    """Equality that tells True from 1."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


@given(values)
def test_what_is_encoded_is_decoded_again(value: Any) -> None:
    if depth(value) > MAX_DEPTH:
        with pytest.raises(NotCanonicalError, match="nested deeper"):
            encode(value)
    else:
        assert same(decode(encode(value)), value)


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 9), min_size=2), st.randoms())
def test_the_order_in_which_a_map_was_made_does_not_show(value: dict[str, int], rng: Any) -> None:
    pairs = list(value.items())
    rng.shuffle(pairs)
    assert encode(dict(pairs)) == encode(value)


@given(values, st.data())
def test_another_packing_of_the_same_value_is_refused(value: Any, data: st.DataObject) -> None:
    packed = encode({"value": value}) if depth(value) < MAX_DEPTH else encode(None)
    at = data.draw(st.integers(0, len(packed) - 1))
    changed = packed[:at] + bytes([data.draw(st.integers(0, 255))]) + packed[at + 1 :]
    try:
        again = decode(changed)
    except NotCanonicalError:
        return
    assert encode(again) == changed


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        ("82a16201a16102", "not strictly increasing"),  # {"b": 1, "a": 2}
        ("82a16101a16101", "not strictly increasing"),  # {"a": 1, "a": 1}
        ("cc01", "another encoding"),  # 1 as uint8
        ("cd00ff", "another encoding"),  # 255 as uint16
        ("d1ff80", "another encoding"),  # -128 as int16
        ("d0ff", "another encoding"),  # -1 as int8
        ("cf0000000000000001", "another encoding"),
        ("d90161", "another encoding"),  # "a" as str8
        ("c5000161", "another encoding"),  # b"a" as bin16
        ("dc000101", "another encoding"),  # [1] as array16
        ("de0001a16101", "another encoding"),  # {"a": 1} as map16
        ("cb3ff0000000000000", "float"),  # 1.0
        ("ca3f800000", "float"),
        ("cb7ff8000000000000", "float"),  # NaN
        ("cb8000000000000000", "float"),  # -0.0
        ("81c301", "not msgpack"),  # {True: 1}
        ("810101", "not msgpack"),  # {1: 1}
        ("81c4016101", "not a string"),  # {b"a": 1}
        ("81c001", "not msgpack"),  # {None: 1}
        ("d4057a", "not msgpack"),  # an extension
        ("c70005", "extension type 5"),  # an empty one
        ("d6ff00000000", "not msgpack"),  # a timestamp
        ("c700ff", "not msgpack"),  # an empty timestamp
        ("a3eda080", "not msgpack"),  # a lone surrogate
        ("a2c080", "not msgpack"),  # an overlong NUL
        ("cfffffffffffffffff", "64 signed bits"),
        ("cf8000000000000000", "64 signed bits"),
        ("c1", "not msgpack"),  # the one byte that means nothing
        ("", "not msgpack"),
        ("0101", "not msgpack"),  # something follows
        ("a261", "not msgpack"),  # something is missing
        ("dbffffffff", "not msgpack"),  # 4 GiB are announced
        ("ddffffffff", "not msgpack"),
        ("dfffffffff", "not msgpack"),
        ("91" * 9 + "c0", "nested deeper"),
        ("91" * 30_000, "not msgpack"),
        ("dc0400" * 10_000, "not msgpack"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(packed: str, why: str) -> None:
    with pytest.raises(NotCanonicalError, match=why):
        decode(bytes.fromhex(packed))


class Word(str):
    __slots__ = ()


class Number(int):
    pass


@pytest.mark.parametrize(
    "value",
    [
        *(1.0, float("nan"), (1,), {1}, Word("a"), Number(1), bytearray(b"a"), {1: 1}, {True: 1}, {b"a": 1}),
        *({Word("a"): 1}, "\ud800", {"\ud800": 1}, INT_MAX + 1, INT_MIN - 1, [[[[[[[[[]]]]]]]]], object()),
    ],
)
def test_values_without_a_canonical_form_are_refused(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        encode(value)


def test_true_and_one_are_different_values() -> None:
    assert encode(True) != encode(1)
    assert decode(encode([True, 1])) == [True, 1]
    assert type(decode(encode(True))) is bool


def test_two_spellings_of_a_letter_are_different_values_and_both_are_sound() -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    assert encode(composed) != encode(decomposed)
    assert [decode(encode(each)) for each in (composed, decomposed)] == [composed, decomposed]


def test_keys_are_ordered_by_their_utf8_bytes() -> None:
    value = {"\uffff": 1, "\U00010000": 2, "z": 3, "": 4}
    again = decode(encode(value))
    assert isinstance(again, dict)
    assert list(again) == sorted(value, key=str.encode)


@pytest.mark.parametrize("value", [b"x" * MAX_BYTES, "x" * MAX_BYTES, ["x" * 1000] * 40])
def test_what_is_too_long_is_refused_both_ways(value: Any) -> None:
    with pytest.raises(NotCanonicalError, match="over the limit"):
        encode(value)
    with pytest.raises(NotCanonicalError, match="over the limit"):
        decode(msgpack.packb(value))


def test_the_limits_themselves_are_allowed() -> None:
    for value in (b"x" * (MAX_BYTES - 3), [0] * MAX_ITEMS, [[[[[[[[1]]]]]]]]):
        assert decode(encode(value)) == value
    with pytest.raises(NotCanonicalError, match="items"):
        encode([0] * (MAX_ITEMS + 1))
    with pytest.raises(NotCanonicalError):
        decode(msgpack.packb([0] * (MAX_ITEMS + 1)))
