"""Gathering what `kbis log` and `kbis list` print: facts from the log, words from the views."""

from collections.abc import Iterator
from typing import Any

from kbis.bisect.fold import Bisection
from kbis.log.kinds import Conclude
from kbis.run.session import Session, ignored_words
from kbis.views.event_json import recorded_json
from kbis.views.event_text import event_line
from kbis.views.plain import plural, printable, short, when
from kbis.views.syzbot_write import write_syzbot_log


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
                yield _json_line(recorded_json(event, bisection, signers[event.id]))
            case "lines":
                yield (session.log.line(event) or b"").decode()
            case _:
                mark = "retracted " if event.id in bisection.retracted else ""
                yield (
                    f"{short(event.id)} {when(event.time)} {printable(signers[event.id])}  {mark}{event_line(event)}"
                )


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


def _json_line(value: dict[str, Any]) -> str:
    import json

    return json.dumps(value, ensure_ascii=True)
