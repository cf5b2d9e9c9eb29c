"""Allowed-signers files: who may sign, for what, and when (ssh-keygen(1), ALLOWED SIGNERS)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from kbis.errors import UserError
from kbis.log.pattern_list import matches
from kbis.log.pubkey import PublicKey, WrongKeyTypeError
from kbis.log.timestamp import LocalTime, parse_timestamp

_BLANKS = " \t\r"
_PRINCIPALS = re.compile(r'"(?P<quoted>[^"]*)"[ \t\r]*|(?P<plain>[^ \t\r"]+)(?:[ \t\r]+|(?=$))')
_OPTIONS = re.compile(r'(?:\\"|"(?:\\"|[^"])*+"|[^ \t"])++')
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>(?:\\"|[^"])*+)")?')
MAX_PRINCIPAL = 254
"""Longest name that is written: that of a mail address (RFC 5321, 4.5.3.1.3, without its brackets)."""

_SAFE_PRINCIPAL = re.compile(rf"[A-Za-z0-9._@+=][A-Za-z0-9._@+=-]{{0,{MAX_PRINCIPAL - 1}}}")
_VALUED = ("namespaces", "valid-after", "valid-before")
_AUTHORITY = "cert-authority"


@dataclass(frozen=True)
class AllowedSigner:
    """One line: a key that may sign under some names.

    Attributes:
        principals: The names as written, a pattern list.
        key: The key.
        namespaces: The pattern list of namespaces it may sign in; None for any.
        valid_after_s: First second it may sign at, seconds since 1970 UTC; None for no limit.
        valid_before_s: Last second it may sign at; None for no limit.
    """

    principals: str
    key: PublicKey
    namespaces: str | None = None
    valid_after_s: int | None = None
    valid_before_s: int | None = None

    @cached_property
    def principal(self) -> str | None:
        """The name git would print: the first that the whole list accepts when taken literally."""
        names = (name for name in self.principals.split(",") if name and not name.startswith("!"))
        return next((name for name in names if matches(self.principals, name)), None)

    def refusal(self, time_s: int, namespace: str) -> str | None:
        """Why this line does not let its key sign in `namespace` at `time_s`; None when it does."""
        if self.principal is None:
            return f'its names "{self.principals}" exclude everybody'
        if self.namespaces is not None and not matches(self.namespaces, namespace):
            return f'{self.principal} may sign with it in namespaces "{self.namespaces}", not "{namespace}"'
        if self.valid_after_s is not None and time_s < self.valid_after_s:
            return f"{self.principal} may sign with it only from {_date(self.valid_after_s)} on"
        if self.valid_before_s is not None and time_s > self.valid_before_s:
            return f"{self.principal} could sign with it only until {_date(self.valid_before_s)}"
        return None


@dataclass(frozen=True)
class SkippedLine:
    """A line that lets nobody sign here.

    Attributes:
        source: The file's name.
        number: The line, counted from 1.
        reason: Why it was skipped, a clause without a full stop.
        malformed: False when ssh-keygen could use the line and kbis cannot, such as an RSA key's.
    """

    source: str
    number: int
    reason: str
    malformed: bool


def parse_allowed_signers(
    source: str, content: bytes, local: LocalTime
) -> tuple[AllowedSigner | SkippedLine, ...]:
    """Read a whole file, line by line; blank lines and comments yield nothing.

    Args:
        source: The file's name, for reports.
        content: The bytes of the file.
        local: How times without `Z` are understood.
    """
    parsed: list[AllowedSigner | SkippedLine] = []
    for number, raw in enumerate(content.split(b"\n"), 1):
        text = raw.decode("utf-8", "replace").strip(_BLANKS)
        if not text or text.startswith("#"):
            continue
        try:
            parsed.append(parse_line(text, local))
        except _OtherUseError as error:
            parsed.append(SkippedLine(source, number, str(error), malformed=False))
        except ValueError as error:
            parsed.append(SkippedLine(source, number, str(error), malformed=True))
    return tuple(parsed)


def parse_line(text: str, local: LocalTime) -> AllowedSigner:
    """Read one line that is neither blank nor a comment: `principals [options] type key [comment]`.

    Raises:
        ValueError: The line lets nobody sign; the message says why.
    """
    head = _PRINCIPALS.match(text)
    principals = (head["quoted"] or head["plain"]) if head else None
    if head is None or not principals:
        raise ValueError("it does not start with a name")
    rest = text[head.end() :]
    options = ""
    try:
        key = _key(rest)
    except _OtherUseError:
        raise
    except ValueError as error:
        field = _OPTIONS.match(rest)
        if field is None or re.match(r"(ssh|ecdsa|sk)-[^=,]*$", field[0]):
            raise
        if field.end() == len(rest):
            raise ValueError("the key is missing") from error
        options = field[0]
        key = _key(rest[field.end() :])
    found = _options(options)
    if "\ufffd" in principals + options or "\0" in text:
        raise ValueError("it is not UTF-8 text")
    if _AUTHORITY in found:
        raise _OtherUseError("it names a certificate authority, and kbis trusts plain keys only")
    after, before = (_time(found, name, local) for name in ("valid-after", "valid-before"))
    if after is not None and before is not None and before <= after:
        raise ValueError("valid-before is not later than valid-after")
    return AllowedSigner(principals, key, found.get("namespaces"), after, before)


def safe_principal(name: str) -> str:
    """Return a name that can stand in an allowed-signers file: the part of this one that can, else `kbis`."""
    kept = re.sub(r"[^A-Za-z0-9._@+=-]", "", name).lstrip("-")
    return kept[:MAX_PRINCIPAL] or "kbis"


def format_line(principal: str, key: PublicKey, namespace: str) -> str:
    """The line that lets `key` sign as `principal` in `namespace`, without the newline.

    Raises:
        UserError: The name could be read as a pattern, a list or two fields.
    """
    if not _SAFE_PRINCIPAL.fullmatch(principal):
        raise UserError(
            f"The name {principal[:MAX_PRINCIPAL]!r} cannot stand in an allowed-signers file.",
            f"Use up to {MAX_PRINCIPAL} letters, digits and any of . _ @ + = -, such as an e-mail address.",
        )
    return f'{principal} namespaces="{namespace}" {key.line()}'


class _OtherUseError(ValueError):
    """The line is sound, but for something kbis does not do."""


def _key(text: str) -> PublicKey:
    try:
        return PublicKey.parse(text)
    except WrongKeyTypeError as error:
        raise _OtherUseError(str(error).removesuffix(".")) from error
    except UserError as error:
        raise ValueError(str(error).removesuffix(".")) from error


def _options(text: str) -> dict[str, str]:
    """Split the options field; names are case-insensitive, values stand in double quotes."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        if text[at] != ",":
            option = _OPTION.match(text, at)
            name = option["name"].lower() if option else ""
            value = option["value"] if option else None
            if option is None or (name not in _VALUED if value is not None else name != _AUTHORITY):
                raise ValueError(
                    f'the options "{text}" hold one that ssh-keygen does not know or cannot read'
                )
            if name in found and value is not None:
                raise ValueError(f"the option {name} stands there twice")
            found[name] = (value or "").replace('\\"', '"')
            at = option.end()
        if at < len(text) and (text[at] != "," or at + 1 == len(text)):
            raise ValueError(f'the options "{text}" are not joined by single commas')
        at += 1
    return found


def _time(options: dict[str, str], name: str, local: LocalTime) -> int | None:
    return parse_timestamp(options[name], local) if name in options else None


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
