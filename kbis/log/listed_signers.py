"""The lines of an allowed-signers file with their places, and the line that lets a key sign for a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kbis.errors import UserError
from kbis.log.allowed_signers import (
    AllowedSigner,
    SkippedLine,
    format_line,
    parse_allowed_signers,
    parse_line,
)
from kbis.log.pubkey import PublicKey
from kbis.log.timestamp import LocalTime, parse_timestamp


@dataclass(frozen=True)
class ListedSigner:
    """A usable line: the file's name, the line counted from 1, and what it says."""

    source: str
    number: int
    signer: AllowedSigner


def listed_signers(source: str, content: bytes, local: LocalTime) -> Iterator[ListedSigner | SkippedLine]:
    """Yield the lines of a file that say anything, in order.

    Args:
        source: The file's name.
        content: Its bytes.
        local: How times without `Z` are understood.
    """
    for number, raw in enumerate(content.split(b"\n"), 1):
        for line in parse_allowed_signers(source, raw, local):
            if isinstance(line, SkippedLine):
                yield replace(line, number=number)
            else:
                yield ListedSigner(source, number, line)


def timed_line(
    principal: str, key: PublicKey, namespace: str, after: str | None, before: str | None, local: LocalTime
) -> str:
    """Return the line that lets a key sign as `principal` in one namespace, within limits as ssh-keygen writes them.

    Raises:
        UserError: the name cannot stand in such a file, or a limit is no time.
    """
    plain = format_line(principal, key, namespace)
    limits = ""
    for name, value in (("valid-after", after), ("valid-before", before)):
        if value is None:
            continue
        try:
            parse_timestamp(value, local)
        except ValueError as why:
            raise UserError(
                f"{why}.".capitalize(), f"Give --{name} as 20260131, 202601312359 or 20260131Z (UTC)."
            ) from why
        limits += f',{name}="{value}"'
    quoted = f'namespaces="{namespace}"'
    line = plain.replace(quoted, quoted + limits, 1)
    try:
        parse_line(line, local)
    except ValueError as why:
        raise UserError(f"{why}.".capitalize(), "Give --valid-before a later time.") from why
    return line
