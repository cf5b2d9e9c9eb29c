"""Gathering what `kbis log`, `show` and `list` print: facts from the log, words from the views."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kbis.bisect.fold import Bisection
from kbis.errors import KbisError, UserError
from kbis.log.event import Event
from kbis.log.kinds import Conclude
from kbis.run.history import resolve
from kbis.run.judge import subjects
from kbis.run.session import Session, ignored_words
from kbis.run.words import MIN_PREFIX
from kbis.views.event_json import event_json
from kbis.views.event_text import event_line
from kbis.views.plain import plural, printable, short, when
from kbis.views.syzbot_write import write_syzbot_log

SHOWN_ATTACHMENT_BYTES = 16 * 1024
"""Longest attachment that `kbis show` prints whole; the rest is a git cat-file away."""

SHOWN_TYPES = frozenset({"recipe", "reproducer", "report", "build-log"})


def log_lines(session: Session, bisection: Bisection, form: str) -> Iterator[str]:
    """Yield the log in one of its forms: text, json (one event a line), lines, syzbot."""
    signers = session.counted().signers
    if form == "syzbot":
        for line in write_syzbot_log(bisection, _report(session, bisection)):
            # Tabs are part of a crash report; nothing else in a title or a report may reach the terminal as it is.
            yield "\t".join(map(printable, line.split("\t")))
        return
    for event in bisection.events:
        match form:
            case "json":
                yield _json_line(event_json(event) | _said_of(event, bisection, signers[event.id]))
            case "lines":
                yield (session.log.line(event) or b"").decode()
            case _:
                mark = "retracted " if event.id in bisection.retracted else ""
                yield (
                    f"{short(event.id)} {when(event.time)} {printable(signers[event.id])}  {mark}{event_line(event)}"
                )


def show_json(session: Session, name: str, wanted: str | None) -> list[dict[str, Any]]:
    """Return the events that a name means, as data."""
    signers = session.counted().signers
    return [
        event_json(event) | _said_of(event, bisection, signers[event.id])
        for bisection, event in _named(session, name, wanted)
    ]


def show_text(session: Session, name: str, wanted: str | None) -> Iterator[str]:
    """Yield the events that a name means, with their fields and what is attached."""
    signers, subject = session.counted().signers, subjects(session)
    for bisection, event in _named(session, name, wanted):
        yield f"event {event.id.hex()}"
        yield f"Bisection: {short(bisection.id)}"
        yield f"Object:    {event.object.hex()} {printable(subject(event.object))}".rstrip()
        yield f"Signer:    {printable(signers[event.id])} (key {event.key.hex()[:16]})"
        yield f"Date:      {when(event.time)} (as its machine's clock had it)"
        if event.parents:
            yield f"Follows:   {', '.join(short(each) for each in event.parents)}"
        if event.id in bisection.retracted:
            yield f"Retracted: by {short(bisection.retracted[event.id].id)}"
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


def list_lines(session: Session) -> Iterator[str]:
    """Yield one line a bisection."""
    for form in list_json(session):
        mark = "*" if form["current"] else " "
        title = f"  ({printable(form['title'])})" if form["title"] else ""
        yield (
            f"{mark} {form['bisection'][:12]}  {form['started']}  bad {form['bad'][:12]}  "
            f"{plural(form['events'], 'event')}  {printable(form['end'])}{title}"
        )


def list_json(session: Session) -> list[dict[str, Any]]:
    """Return every bisection as data."""
    current = session.current() or ""
    found = session.bisections()
    return [
        {
            "bisection": each.id.hex(),
            "current": each.id.hex() == current or (not current and len(found) == 1),
            "title": each.terms.title,
            "started": when(each.start.time),
            "bad": each.bad.hex(),
            "good": [good.hex() for good in each.terms.good],
            "policy": each.terms.policy,
            "events": len(each.events),
            "end": _end(each),
        }
        for each in found
    ]


def ignored_sentence(session: Session) -> str:
    """Return what does not count and why, in one sentence; empty when all counts."""
    ignored = session.counted().ignored
    return f"{ignored_words(ignored)}." if ignored else ""


def _named(session: Session, name: str, wanted: str | None) -> list[tuple[Bisection, Event]]:
    prefix = name.lower()
    every = session.bisections() if wanted is None else (session.bisection(wanted),)
    events = [(each, event) for each in every for event in each.events]
    by_event = [pair for pair in events if pair[1].id.hex().startswith(prefix)]
    if len(prefix) >= MIN_PREFIX and len(by_event) > 1:
        raise UserError(f"{len(by_event)} events have an id that begins with {name}.", "Give more digits.")
    if len(prefix) >= MIN_PREFIX and by_event:
        return by_event
    objects = {event.object for _, event in events if event.object.hex().startswith(prefix)}
    if len(prefix) < MIN_PREFIX or len(objects) != 1:
        objects = {each for each in [_revision(session, name)] if each}
    found = [pair for pair in events if pair[1].object in objects]
    if not found:
        raise UserError(
            f"No event, bisection or tested revision is called {name}.", "kbis log shows them all."
        )
    return found


def _revision(session: Session, name: str) -> bytes | None:
    git = session.repository.git
    try:
        [oid] = resolve(Path(git.workdir or git.path), [name])
    except UserError:
        return None
    return bytes.fromhex(oid)


def _said_of(event: Event, bisection: Bisection, signer: str) -> dict[str, Any]:
    by = bisection.retracted.get(event.id)
    return {"signer": signer, "retracted_by": by.id.hex() if by else None}


def _report(session: Session, bisection: Bisection) -> str:
    for event in reversed(bisection.conclusions):
        for attachment in event.attachments:
            if attachment.type == "report":
                return session.log.content(attachment).decode(errors="replace")
    return ""


def _end(bisection: Bisection) -> str:
    newest = max(
        (each.order for each in bisection.events if not isinstance(each.data, Conclude)), default=(0, b"")
    )
    if not bisection.conclusions or bisection.conclusions[-1].order < newest:
        return "going on"
    end = bisection.conclusions[-1].data
    assert isinstance(end, Conclude)  # noqa: S101 - fold keeps no other kind there
    return f"{end.result} {', '.join(short(each) for each in end.candidates[:3])}".rstrip()


def _plain(value: Any) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _json_line(value: dict[str, Any]) -> str:
    import json

    return json.dumps(value, ensure_ascii=True)
