"""What a field of a recipe may hold: one small rule a shape, with the words to say what is wrong.

A table of a recipe is a frozen dataclass whose fields are annotated `Annotated[type, rule]`; a rule knows the key
under which the field stands in kbis.toml.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Protocol, TypeVar, get_origin, get_type_hints

from kbis.errors import UserError

T = TypeVar("T")

TEXT_LIMIT = 16 * 1024
"""Characters of the longest text in a recipe, a build command."""


PATTERN_LIMIT = 500
"""Characters of the longest regular expression in a recipe."""


class Rule(Protocol):
    """The rule for one field."""

    @property
    def key(self) -> str:
        """The key in kbis.toml."""

    @property
    def wants(self) -> str:
        """What the value must be, as the end of the sentence "KEY must be ..."."""

    def accepts(self, value: object) -> bool:
        """Say whether a value is allowed."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string without control characters (line breaks and tabs too, unless `lines`) that fits a pattern."""

    key: str
    wants: str
    pattern: str = r"(?s).+"
    lines: bool = False

    def accepts(self, value: object) -> bool:
        """Accept str."""
        return (
            isinstance(value, str)
            and len(value) <= TEXT_LIMIT
            and not any(c in "\0\x7f" or "\ud800" <= c <= "\udfff" for c in value)
            and not any(c < " " and not (self.lines and c in "\n\t") for c in value)
            and re.fullmatch(self.pattern, value) is not None
        )


@dataclass(frozen=True, slots=True)
class BelowPath:
    """A relative path that stays below the directory it is relative to."""

    key: str
    wants: str

    def accepts(self, value: object) -> bool:
        """Accept str."""
        named = Text(self.key, self.wants, r"[^/].*")
        return named.accepts(value) and not {"", ".", ".."} & set(str(value).split("/"))


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`."""

    key: str
    unit: str
    least: int
    most: int

    @property
    def wants(self) -> str:
        """The range, with its unit."""
        return f"a whole number{self.unit and ' of '}{self.unit} from {self.least} to {self.most}"

    def accepts(self, value: object) -> bool:
        """Accept int, never bool."""
        return type(value) is int and self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of at most `most` strings that fit a pattern."""

    key: str
    wants: str
    most: int = 64
    pattern: str = r"(?s).+"

    def accepts(self, value: object) -> bool:
        """Accept a list or tuple of str."""
        item = Text(self.key, self.wants, self.pattern)
        return isinstance(value, list | tuple) and len(value) <= self.most and all(map(item.accepts, value))


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a closed set of words."""

    key: str
    words: tuple[str, ...]

    @property
    def wants(self) -> str:
        """The words."""
        return "one of " + ", ".join(self.words)

    def accepts(self, value: object) -> bool:
        """Accept a word of the set."""
        return isinstance(value, str) and value in self.words


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression as Python's `re` has it, ASCII, that does not fit the empty line."""

    key: str
    wants: str = "a regular expression (ASCII) that an empty line does not fit"

    def accepts(self, value: object) -> bool:
        """Accept str."""
        if not isinstance(value, str) or not value.isascii() or not 0 < len(value) <= PATTERN_LIMIT:
            return False
        try:
            return re.search(value, "") is None
        except (re.error, RecursionError, OverflowError):
            return False


@dataclass(frozen=True, slots=True)
class Patterns:
    """A list of at most `most` regular expressions."""

    key: str
    wants: str = "a list of regular expressions (ASCII) that an empty line does not fit"
    most: int = 32

    def accepts(self, value: object) -> bool:
        """Accept a list or tuple of str."""
        item = Pattern(self.key)
        return isinstance(value, list | tuple) and len(value) <= self.most and all(map(item.accepts, value))


@dataclass(frozen=True, slots=True)
class Tables:
    """A list of at most `most` tables, each a dataclass of its own: `[[name.key]]` in kbis.toml."""

    key: str
    kind: type[Any]
    most: int = 64

    @property
    def wants(self) -> str:
        """The form."""
        return f"a list of at most {self.most} tables, each begun with [[...{self.key}]]"

    def accepts(self, value: object) -> bool:
        """Accept a list or tuple of tables; what is in them is read by itself."""
        return (
            isinstance(value, list | tuple)
            and len(value) <= self.most
            and all(isinstance(each, dict) for each in value)
        )


def read_table(kind: type[T], name: str, given: object, where: str) -> T:
    """Make a recipe's table out of what a file has under its name.

    Args:
        kind: The dataclass of the table.
        name: The table's name in the file.
        given: What the file has there.
        where: The file, for error sentences.

    Raises:
        UserError: a key is unknown, missing, or of the wrong shape.
    """
    if not isinstance(given, Mapping):
        raise UserError(f"{where}: {name} must be a table.", f"Write [{name}] on a line, and its keys below.")
    rules = _rules(kind)
    reject_unknown(given, list(rules), f"[{name}]", where)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        rule = _hints(kind)[field.name]
        if rule.key not in given or (given[rule.key] is None and field.default is None):
            if field.default is MISSING:
                raise UserError(
                    f'{where}: [{name}] lacks the key "{rule.key}".',
                    f'Add a line "{rule.key} = ..."; it must be {rule.wants}.',
                )
            continue
        value = given[rule.key]
        if not rule.accepts(value):
            raise UserError(
                f"{where}: [{name}] {rule.key} must be {rule.wants}, not {_shown(value)}.",
                f'Change the line "{rule.key} = ..." in the table [{name}].',
            )
        if isinstance(rule, Tables):
            value = tuple(read_table(rule.kind, f"{name}.{rule.key}", each, where) for each in value)
        values[field.name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def plain_table(table: object) -> dict[str, Any]:
    """The keys and values of a recipe's table, defaults included."""

    def plain(value: object) -> object:
        if isinstance(value, tuple) and value and is_dataclass(value[0]):
            return [plain_table(each) for each in value]
        return value

    return {rule.key: plain(getattr(table, name)) for name, rule in _hints(type(table)).items()}


def reject_unknown(given: Mapping[str, object], known: list[str], place: str, where: str) -> None:
    """Raise `UserError` for the first name that is not known, with the nearest one that is."""
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"It may have: {', '.join(known)}."
            raise UserError(f'{where}: {place} may not have "{key}".', hint)


def _rules(kind: type[Any]) -> dict[str, Rule]:
    return {rule.key: rule for rule in _hints(kind).values()}


def _hints(kind: type[Any]) -> dict[str, Rule]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if get_origin(hint) is Annotated}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
