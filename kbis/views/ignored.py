"""What does not count, line by line, each with its reason. Pure."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kbis.log.count import Ignored
from kbis.log.pubkey import fingerprint_text
from kbis.views.event_json import event_json
from kbis.views.event_text import event_line
from kbis.views.plain import printable, short, when

Names = Callable[[bytes], str | None]
"""Gives the name that the allowed signers have for a key (SHA-256, 32 bytes), revoked or not."""


def ignored_line(ignored: Ignored, names: Names) -> str:
    """Return a line that does not count in words."""
    event = ignored.event
    where = f"on {ignored.note[:12]}"
    if event is None:
        return printable(f"{'-' * 12} not counted, {ignored.reason}: {ignored.detail}, {where}")
    name = names(event.key)
    who = f"{when(event.time)} key " + (f"of {name}" if name else fingerprint_text(event.key))
    return printable(
        f"{short(event.id)} {who}  not counted, {ignored.reason}: {ignored.detail}, {where}: "
    ) + event_line(event)


def ignored_json(ignored: Ignored) -> dict[str, Any]:
    """Return a line that does not count as data; `event` is what it would be, if it is one."""
    return {
        "counts": False,
        "note": ignored.note,
        "reason": ignored.reason,
        "detail": ignored.detail,
        "event": event_json(ignored.event) if ignored.event else None,
    }


def ignored_lines(
    ignored: Iterable[Ignored], search: bytes | None, names: Names, *, as_json: bool
) -> Iterator[str]:
    """Yield what does not count, one line each.

    Args:
        ignored: All that does not count.
        search: Only the events of this bisection, and the lines that belong to none; None for all.
        names: Names of keys.
        as_json: One JSON object a line, in place of words.
    """
    for each in ignored:
        if search is None or each.event is None or each.event.search == search:
            yield json.dumps(ignored_json(each), ensure_ascii=True) if as_json else ignored_line(each, names)
