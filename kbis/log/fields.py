"""What a field of an event may hold: one small spec a shape, used to read, write and publish the format.

A payload is a frozen dataclass whose fields are annotated `Annotated[type, Spec]`. The spec checks values
read from the wire, and prints itself as JSON Schema, so `schemas/` cannot drift from the code. In JSON, bytes
are lower-case hex.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any, Protocol, TypeVar, cast, get_args, get_type_hints

from kbis.log.canon import INT_MAX, Plain


class BadFieldError(ValueError):
    """A field is missing or holds what its spec does not allow."""


class Spec(Protocol):
    """The rule for one field."""

    def load(self, value: Any, where: str) -> Any:
        """Return the Python value of a wire value; raise `BadFieldError` naming `where`."""

    def dump(self, value: Any) -> Plain:
        """Return the wire value."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the JSON form."""


@dataclass(frozen=True)
class Text:
    """A string of at most `limit` characters; `pattern` (anchored) narrows it."""

    limit: int = 200
    pattern: str | None = None

    def load(self, value: Any, where: str) -> str:
        """Accept str within the limit."""
        if type(value) is not str or len(value) > self.limit:
            raise BadFieldError(f"{where} is not a string of at most {self.limit} characters")
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise BadFieldError(f"{where} does not match {self.pattern}")
        return value

    def dump(self, value: str) -> Plain:
        """Return the string."""
        return value

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a bounded string."""
        rule: dict[str, Any] = {"type": "string", "maxLength": self.limit}
        if self.pattern is not None:
            rule["pattern"] = _whole(self.pattern)
        return rule


@dataclass(frozen=True)
class Bytes:
    """Binary of one of the given lengths."""

    sizes: tuple[int, ...]

    def load(self, value: Any, where: str) -> bytes:
        """Accept bytes of an allowed length."""
        if type(value) is not bytes or len(value) not in self.sizes:
            raise BadFieldError(f"{where} is not {' or '.join(map(str, self.sizes))} bytes")
        return value

    def dump(self, value: bytes) -> Plain:
        """Return the bytes."""
        return value

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the hex form."""
        forms = "|".join(f"[0-9a-f]{{{size * 2}}}" for size in self.sizes)
        return {"type": "string", "pattern": _whole(forms)}


@dataclass(frozen=True)
class Whole:
    """An integer from `least` to `most`."""

    least: int = 0
    most: int = INT_MAX

    def load(self, value: Any, where: str) -> int:
        """Accept int (never bool) within the bounds."""
        if type(value) is not int or not self.least <= value <= self.most:
            raise BadFieldError(f"{where} is not an integer from {self.least} to {self.most}")
        return value

    def dump(self, value: int) -> Plain:
        """Return the integer."""
        return value

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a bounded integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def load(self, value: Any, where: str) -> bool:
        """Accept bool."""
        if type(value) is not bool:
            raise BadFieldError(f"{where} is not true or false")
        return value

    def dump(self, value: bool) -> Plain:
        """Return the flag."""
        return value

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice:
    """One of a closed set of words."""

    words: tuple[str, ...]

    def load(self, value: Any, where: str) -> str:
        """Accept one of the words."""
        if type(value) is not str or value not in self.words:
            raise BadFieldError(f"{where} is not one of {', '.join(self.words)}")
        return value

    def dump(self, value: str) -> Plain:
        """Return the word."""
        return value

    def schema(self) -> dict[str, Any]:
        """JSON Schema of an enumeration."""
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Many:
    """A list of `least` to `most` values of one spec; a tuple in Python."""

    item: Spec
    most: int
    least: int = 0

    def load(self, value: Any, where: str) -> tuple[Any, ...]:
        """Accept a list within the bounds."""
        if type(value) is not list or not self.least <= len(value) <= self.most:
            raise BadFieldError(f"{where} is not a list of {self.least} to {self.most} items")
        return tuple(self.item.load(each, f"{where}[{at}]") for at, each in enumerate(value))

    def dump(self, value: tuple[Any, ...]) -> Plain:
        """Return a list."""
        return [self.item.dump(each) for each in value]

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a bounded array."""
        return {
            "type": "array",
            "items": self.item.schema(),
            "minItems": self.least,
            "maxItems": self.most,
        }


@dataclass(frozen=True)
class Table:
    """A nested record: a dataclass with fields of its own."""

    record: type[Any]

    def load(self, value: Any, where: str) -> Any:
        """Accept a map that fits the record."""
        return load_record(self.record, value, where)

    def dump(self, value: Any) -> Plain:
        """Return a map."""
        return dump_record(value)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the record."""
        return record_schema(self.record)


def _whole(pattern: str) -> str:
    """Anchor a pattern so that no dialect lets a last newline through, as `$` alone does in Python and Perl."""
    return f"^(?:{pattern})$(?!\n)"


Record = TypeVar("Record")


def specs(record: type[Any]) -> tuple[tuple[Field[Any], Spec], ...]:
    """Return each dataclass field of `record` with its spec, in the order of the class."""
    return _specs(cast("Hashable", record))


@cache
def _specs(record: Any) -> tuple[tuple[Field[Any], Spec], ...]:
    hints = get_type_hints(record, include_extras=True)
    return tuple((each, get_args(hints[each.name])[1]) for each in fields(record))


def load_record(record: type[Record], value: Any, where: str) -> Record:
    """Build `record` from a wire map; keys it does not know are left for newer readers.

    Raises:
        BadFieldError: a field is missing or wrong.
    """
    if not isinstance(value, Mapping):
        raise BadFieldError(f"{where} is not a map")
    found = {}
    for each, spec in specs(record):
        if each.name in value:
            found[each.name] = spec.load(value[each.name], f"{where}.{each.name}")
        elif each.default is MISSING:
            raise BadFieldError(f"{where}.{each.name} is missing")
    return record(**found)


def dump_record(record: Any) -> dict[str, Any]:
    """Return the wire map of a record; fields that are None are left out."""
    pairs = ((each.name, spec, getattr(record, each.name)) for each, spec in specs(type(record)))
    return {name: spec.dump(value) for name, spec, value in pairs if value is not None}


def record_schema(record: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a record in its JSON form."""
    return {
        "type": "object",
        "description": (record.__doc__ or "").strip().splitlines()[0],
        "properties": {each.name: spec.schema() for each, spec in specs(record)},
        "required": [each.name for each, _ in specs(record) if each.default is MISSING],
    }
