"""Gathering what `kbis show` prints: events whole, with what is attached, and whether each boot counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kbis.bisect.account import account_of
from kbis.bisect.fold import Bisection
from kbis.bisect.target import target_of
from kbis.errors import KbisError, UserError
from kbis.log.count import Ignored
from kbis.log.event import Event
from kbis.log.kinds import Boot, Retract
from kbis.log.pubkey import fingerprint_text
from kbis.run.history import resolve
from kbis.run.judge import subjects
from kbis.run.session import Session
from kbis.run.words import MIN_PREFIX
from kbis.views.event_json import event_json, recorded_json
from kbis.views.event_text import event_line
from kbis.views.evidence_text import counts_words
from kbis.views.ignored import ignored_json
from kbis.views.plain import printable, short, when

SHOWN_ATTACHMENT_BYTES = 16 * 1024
"""Longest attachment that `kbis show` prints whole; the rest is a git cat-file away."""

SHOWN_TYPES = frozenset({"recipe", "reproducer", "script", "patch", "report", "build-log"})


def show_json(session: Session, name: str, wanted: str | None) -> list[dict[str, Any]]:
    """Return the events that a name means, as data; those that do not count come last."""
    signers = session.counted().signers
    events, ignored = _named(session, name, wanted)
    counted = [
        recorded_json(event, bisection, signers[event.id]) | _counts_json(event, bisection)
        for bisection, event in events
    ]
    return [*counted, *map(ignored_json, ignored)]


def show_text(session: Session, name: str, wanted: str | None) -> Iterator[str]:
    """Yield the events that a name means, with their fields and what is attached; of each boot whether it counts."""
    signers, subject = session.counted().signers, subjects(session)
    events, ignored = _named(session, name, wanted)
    for bisection, event in events:
        yield from _head(event, bisection.id, subject(event.object))
        yield f"Signer:    {printable(signers[event.id])} (key {fingerprint_text(event.key)})"
        yield f"Date:      {when(event.time)} (as its machine's clock had it)"
        if event.parents:
            yield f"Follows:   {', '.join(short(each) for each in event.parents)}"
        by = bisection.retracted.get(event.id)
        if by is not None and isinstance(by.data, Retract):
            yield f"Retracted: by {short(by.id)}: {printable(by.data.reason)}"
        if isinstance(event.data, Boot):
            account = account_of(event.data, target_of(bisection))
            yield f"Counts:    {counts_words(event, account, bisection)}"
        yield from _body(session, event)
    for each in ignored:
        if each.event is not None:
            yield from _head(each.event, each.event.search, subject(each.event.object))
            yield f"Counts:    no, {each.reason}: {printable(each.detail)}"
            yield ""
            yield f"    {event_line(each.event)}"
            yield ""


def _head(event: Event, bisection: bytes, subject: str) -> Iterator[str]:
    yield f"event {event.id.hex()}"
    yield f"Bisection: {short(bisection)}"
    yield f"Object:    {event.object.hex()} {printable(subject)}".rstrip()


def _body(session: Session, event: Event) -> Iterator[str]:
    yield ""
    yield f"    {event_line(event)}"
    for field, value in event_json(event)["data"].items():
        yield f"    {field}: {printable(_plain(value))}"
    for attachment in event.attachments:
        yield ""
        yield f"    {attachment.type}, {attachment.length} bytes (git cat-file blob {attachment.oid.hex()})"
        if attachment.type in SHOWN_TYPES and attachment.length <= SHOWN_ATTACHMENT_BYTES:
            try:
                text = session.log.content(attachment).decode(errors="backslashreplace")
            except KbisError as why:
                text = str(why)
            yield from (f"    | {printable(line)}" for line in text.splitlines())
    yield ""


def _counts_json(event: Event, bisection: Bisection) -> dict[str, Any]:
    if not isinstance(event.data, Boot):
        return {}
    account = account_of(event.data, target_of(bisection))
    counts = account.counts and event.id not in bisection.retracted
    return {"counts": {"counts": counts, "says": account.word, "reason": account.reason}}


def _named(
    session: Session, name: str, wanted: str | None
) -> tuple[list[tuple[Bisection, Event]], list[Ignored]]:
    """Return the events that a name means: those that count, and those that do not."""
    prefix = name.lower()
    every = session.bisections() if wanted is None else (session.bisection(wanted),)
    events = [(each, event) for each in every for event in each.events]
    ignored = [each for each in session.counted().ignored if each.event is not None]
    if len(prefix) >= MIN_PREFIX:
        by_event = [pair for pair in events if pair[1].id.hex().startswith(prefix)]
        if len(by_event) > 1:
            raise UserError(
                f"{len(by_event)} events have an id that begins with {name}.", "Give more digits."
            )
        if by_event:
            return by_event, []
        lost = [each for each in ignored if each.event and each.event.id.hex().startswith(prefix)]
        if lost:
            return [], lost
    objects = {event.object for _, event in events if event.object.hex().startswith(prefix)}
    if len(prefix) < MIN_PREFIX or len(objects) != 1:
        objects = {each for each in [_revision(session, name)] if each}
    found = [pair for pair in events if pair[1].object in objects]
    if not found:
        raise UserError(
            f"No event, bisection or tested revision is called {name}.", "kbis log shows them all."
        )
    bisections = {bisection.id for bisection, _ in found}
    others = [
        each
        for each in ignored
        if each.event and each.event.object in objects and each.event.search in bisections
    ]
    return found, others


def _revision(session: Session, name: str) -> bytes | None:
    git = session.repository.git
    try:
        [oid] = resolve(Path(git.workdir or git.path), [name])
    except UserError:
        return None
    return bytes.fromhex(oid)


def _plain(value: Any) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
