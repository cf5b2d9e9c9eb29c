"""What was traded with a remote, in words and as data."""

from collections.abc import Iterator
from typing import Any

from kbis.log.seen import Rollback
from kbis.run.sync import Traded
from kbis.views.plain import SHORT_HEX, plural, printable


def traded_line(traded: Traded) -> str:
    """Return one line that says what was traded."""
    parts = [*_received(traded)]
    if traded.sent:
        parts.append(f"{plural(traded.sent, 'event')} sent")
    if traded.sent_else:
        parts.append(f"{plural(traded.sent_else, 'other line')} sent")
    if traded.merges:
        parts.append(plural(traded.merges, "merge"))
    if traded.retries:
        parts.append(f"{traded.retries} retries" if traded.retries > 1 else "1 retry")
    return printable(f"{traded.place}: {', '.join(parts) or 'nothing new'}.")


def traded_hints(traded: Traded) -> Iterator[str]:
    """Yield what to do about events that came and do not count."""
    if traded.own:
        yield "Some of them name your own key: kbis key lets it count in this clone."
    if traded.ignored.get("untrusted key", 0) and not traded.own:
        yield "kbis trust list shows the keys; kbis trust add lets the events of one count."
    if 2 * traded.ignored.get("other repository", 0) > traded.received:
        yield printable(
            f"Most of what came belongs to another repository: is {traded.place} the one you mean? It stays in this "
            "clone's log, and goes where the log is pushed; it never counts here."
        )


def rollback_sentence(lost: Rollback) -> str:
    """Return the warning about a place that no longer has what was seen there."""
    gone = [
        plural(len(each), noun)
        for each, noun in ((lost.missing.events, "event"), (lost.missing.attachments, "attachment"))
        if each
    ]
    if lost.now is None:
        what = "has no notes any more"
    elif gone:
        what = f"no longer has all that was seen there at {str(lost.was)[:SHORT_HEX]}"
    else:
        what = f"has another history than the one seen there at {str(lost.was)[:SHORT_HEX]}"
    missing = f"; {' and '.join(gone)} missing there" if gone else "; no event is missing there"
    return printable(
        f"ROLLBACK: {lost.place} {what}{missing}. Nothing is lost here, and kbis push puts all back."
    )


def traded_json(traded: Traded) -> dict[str, Any]:
    """Return what was traded as data."""
    return {
        "remote": traded.place,
        "received": {
            "events": traded.received,
            "counted": traded.counted,
            "not_counted": dict(traded.ignored),
            "no_events": traded.no_events,
            "foreign_paths": traded.foreign,
            "unreadable_notes": traded.unreadable,
        },
        "sent": traded.sent,
        "sent_other_lines": traded.sent_else,
        "merges": traded.merges,
        "retries": traded.retries,
        "rollbacks": [
            {
                "remote": lost.place,
                "was": str(lost.was),
                "now": None if lost.now is None else str(lost.now),
                "missing_events": sorted(each.hex() for each in lost.missing.events),
                "missing_attachments": sorted(lost.missing.attachments),
            }
            for lost in traded.rollbacks
        ],
    }


def _received(traded: Traded) -> Iterator[str]:
    if traded.received:
        yield plural(traded.received, "new event")
        if traded.ignored:
            reasons = ", ".join(f"{number} {reason}" for reason, number in traded.ignored.items())
            yield f"{traded.received - traded.counted} of them not counted ({reasons})"
    if traded.no_events:
        yield _that_are(traded.no_events, "line", "no event")
    if traded.foreign:
        yield _that_are(traded.foreign, "path", "no note")
    if traded.unreadable:
        yield _that_are(traded.unreadable, "note", "too long to be read")


def _that_are(number: int, noun: str, what: str) -> str:
    return f"{plural(number, noun)} that {'is' if number == 1 else 'are'} {what}"
