"""Canonical msgpack: one value, one byte string.

The signature of an event covers bytes, so two writers must never disagree about them. The rules: maps have
str keys in strictly increasing UTF-8 byte order; integers, strings, binaries, arrays and maps use their
shortest form; there are no floats and no extension types; nothing nests deeper than `MAX_DEPTH`; nothing is
longer than `MAX_BYTES`. Decoding demands that encoding again gives the same bytes.

Strings need not be in a Unicode normal form: the tables grow with every Unicode version, and whether an event is
sound must not depend on the reader's Python.

Source: https://github.com/msgpack/msgpack/blob/master/spec.md for the forms; the restrictions are ours.
"""

from collections.abc import Iterable
from typing import Any, NoReturn

import msgpack

MAX_BYTES = 32 * 1024
"""Longest encoded value, in bytes."""

MAX_DEPTH = 8
"""Most arrays and maps that may lie inside one another."""

MAX_ITEMS = 1024
"""Most entries of one array or map; keeps a forged header from reserving memory."""

INT_MIN, INT_MAX = -(2**63), 2**63 - 1

Plain = None | bool | int | str | bytes | list[Any] | dict[str, Any]
"""What canonical msgpack can carry."""


class NotCanonicalError(ValueError):
    """The bytes or the value have no place in canonical msgpack; the message says why."""


def encode(value: Plain) -> bytes:
    """Return the one byte string that stands for `value`.

    Raises:
        NotCanonicalError: `value` holds something the format cannot carry, or is too deep or too long.
    """
    try:
        packed: bytes = msgpack.packb(_ordered(value, 0), use_bin_type=True, strict_types=True)
    except UnicodeEncodeError as why:
        raise NotCanonicalError("a string holds a lone surrogate") from why
    if len(packed) > MAX_BYTES:
        raise NotCanonicalError(f"{len(packed)} bytes is over the limit of {MAX_BYTES}")
    return packed


def decode(packed: bytes) -> Plain:
    """Return the value of canonical bytes.

    Raises:
        NotCanonicalError: the bytes are not msgpack, not canonical, or over a limit.
    """
    if len(packed) > MAX_BYTES:
        raise NotCanonicalError(f"{len(packed)} bytes is over the limit of {MAX_BYTES}")
    try:
        value: Plain = msgpack.unpackb(
            packed,
            raw=False,
            strict_map_key=True,
            object_pairs_hook=_map_in_order,
            ext_hook=_no_extension,
            timestamp=0,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            max_ext_len=0,
        )
        _check((value,), 0)
        # The maps are in order, as the hook has seen: nothing needs to be sorted again.
        again = msgpack.packb(value, use_bin_type=True, strict_types=True)
    except NotCanonicalError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as why:
        raise NotCanonicalError(f"not msgpack: {type(why).__name__}") from why
    if again != packed:
        raise NotCanonicalError("another encoding of the same value is the canonical one")
    return value


def _ordered(value: Any, depth: int) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is bytes or kind is str:
        return value
    if kind is int:
        if not INT_MIN <= value <= INT_MAX:
            raise NotCanonicalError("an integer does not fit 64 signed bits")
        return value
    if kind is list or kind is dict:
        if depth >= MAX_DEPTH:
            raise NotCanonicalError(f"nested deeper than {MAX_DEPTH}")
        if len(value) > MAX_ITEMS:
            raise NotCanonicalError(f"more than {MAX_ITEMS} items in one array or map")
        if kind is list:
            return [_ordered(item, depth + 1) for item in value]
        if not all(type(key) is str for key in value):
            raise NotCanonicalError("a map key is not a string")
        # Strings sort by code point, which is the order of their UTF-8 bytes.
        return {key: _ordered(value[key], depth + 1) for key in sorted(value)}
    raise NotCanonicalError(f"{kind.__name__} has no canonical form")


def _check(items: Iterable[Any], depth: int) -> None:
    """Refuse what msgpack has and canonical msgpack has not, in items that were just unpacked."""
    for item in items:
        kind = type(item)
        if kind is bytes or kind is str or kind is bool or item is None:
            continue
        if kind is int:
            if item > INT_MAX:
                raise NotCanonicalError("an integer does not fit 64 signed bits")
        elif kind is list or kind is dict:
            if depth >= MAX_DEPTH:
                raise NotCanonicalError(f"nested deeper than {MAX_DEPTH}")
            _check(item.values() if kind is dict else item, depth + 1)
        else:
            raise NotCanonicalError(f"{kind.__name__} has no canonical form")


def _map_in_order(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    last = None
    for key, _ in pairs:
        if type(key) is not str:
            raise NotCanonicalError("a map key is not a string")
        # A repeated key would be lost in the dict and so pass the second encoding only by its length.
        if last is not None and last >= key:
            raise NotCanonicalError("map keys are not strictly increasing")
        last = key
    return dict(pairs)


def _no_extension(code: int, _data: bytes) -> NoReturn:
    raise NotCanonicalError(f"extension type {code}")
