"""Whose events count: the allowed signers, their keys and limits, and the keys of the log that no file lists. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kbis.log.allowed_signers import AllowedSigner, SkippedLine
from kbis.log.listed_signers import ListedSigner
from kbis.log.pubkey import fingerprint_text
from kbis.views.plain import plural, printable, short, when


@dataclass(frozen=True)
class Entry:
    """A line of an allowed-signers file.

    Attributes:
        line: The line and its place.
        revoked: Whether a revocation file lists its key.
        in_use: Whether it lets its key sign events of kbis now.
        events: How many events of its key count.
    """

    line: ListedSigner
    revoked: bool
    in_use: bool
    events: int


@dataclass(frozen=True)
class UnknownKey:
    """A key that wrote events and that no file lists.

    Attributes:
        fingerprint: SHA-256 of the key, 32 bytes.
        events: How many well-formed events name it.
        bisections: Ids of the bisections they belong to.
        newest_ms: The newest time they name, milliseconds since 1970.
    """

    fingerprint: bytes
    events: int
    bisections: tuple[bytes, ...]
    newest_ms: int


@dataclass(frozen=True)
class Trusting:
    """Whose events count here.

    Attributes:
        entries: The usable lines, file by file.
        skipped: Lines that let nobody sign.
        unknown: Keys of the log that no file lists, those with most events first.
        own: Fingerprint of the key that signs here; None when there is none.
        revocations: Names of the revocation files.
    """

    entries: tuple[Entry, ...]
    skipped: tuple[SkippedLine, ...]
    unknown: tuple[UnknownKey, ...]
    own: bytes | None
    revocations: tuple[str, ...]


def trust_lines(trusting: Trusting) -> Iterator[str]:
    """Yield the list in words."""
    if not trusting.entries:
        yield "Nobody's events count here yet. kbis key lets your own count, kbis trust add another person's."
    for entry in trusting.entries:
        signer = entry.line.signer
        marks = [
            *(["your own key"] if signer.key.fingerprint == trusting.own else []),
            *(["REVOKED"] if entry.revoked else [] if entry.in_use else ["not in use"]),
        ]
        yield printable(signer.principals) + (f"  ({', '.join(marks)})" if marks else "")
        yield f"    key         {signer.key.sha256_text}"
        yield printable(f"    signs       {_namespaces(signer)}, {_validity(signer)}")
        yield f"    events      {entry.events} that count"
        yield printable(f"    stands in   {entry.line.source}:{entry.line.number}")
    for skipped in trusting.skipped:
        yield printable(f"{skipped.source}:{skipped.number} lets nobody sign here: {skipped.reason}.")
    for name in trusting.revocations:
        yield printable(f"Revoked keys stand in {name}.")
    if trusting.unknown:
        yield "Keys of the log that no file lists; their events are kept and do not count:"
    for unknown in trusting.unknown:
        found = ", ".join(map(short, unknown.bisections[:3])) + (", ..." if unknown.bisections[3:] else "")
        yield f"    {fingerprint_text(unknown.fingerprint)}"
        yield f"        {plural(unknown.events, 'event')} of {found}, newest {when(unknown.newest_ms)}"
    if trusting.unknown:
        yield "Ask whose they are. With the key itself, kbis trust add KEY --principal NAME lets its events count."


def trust_json(trusting: Trusting) -> Mapping[str, Any]:
    """Return the list as data."""
    return {
        "signers": [
            {
                "principals": entry.line.signer.principals,
                "fingerprint": entry.line.signer.key.sha256_text,
                "key": entry.line.signer.key.line(),
                "namespaces": entry.line.signer.namespaces,
                "valid_after": _iso(entry.line.signer.valid_after_s),
                "valid_before": _iso(entry.line.signer.valid_before_s),
                "revoked": entry.revoked,
                "in_use": entry.in_use,
                "own": entry.line.signer.key.fingerprint == trusting.own,
                "events": entry.events,
                "file": entry.line.source,
                "line": entry.line.number,
            }
            for entry in trusting.entries
        ],
        "skipped": [
            {"file": each.source, "line": each.number, "reason": each.reason} for each in trusting.skipped
        ],
        "unknown_keys": [
            {
                "fingerprint": fingerprint_text(each.fingerprint),
                "hex": each.fingerprint.hex(),
                "events": each.events,
                "bisections": [search.hex() for search in each.bisections],
                "newest": when(each.newest_ms),
            }
            for each in trusting.unknown
        ],
        "revocation_files": list(trusting.revocations),
    }


def _namespaces(signer: AllowedSigner) -> str:
    return "anything" if signer.namespaces is None else signer.namespaces


def _validity(signer: AllowedSigner) -> str:
    limits = [
        f"{word} {_iso(limit)}"
        for word, limit in (("from", signer.valid_after_s), ("until", signer.valid_before_s))
        if limit is not None
    ]
    return " ".join(limits) or "at any time"


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
