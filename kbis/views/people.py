"""What people said in a bisection: verdicts, aliases and retractions that stand, with their ids. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from kbis.bisect.fold import Bisection
from kbis.log.event import Event
from kbis.log.kinds import Alias, Claim, Override, Retract
from kbis.views.event_text import event_line
from kbis.views.plain import printable, short


def words_of(bisection: Bisection) -> tuple[Event, ...]:
    """Return the words of people that stand, in the total order.

    Of several on one revision or title the newest is meant. A retraction of claims is a machine's: it stopped.
    """
    standing = {
        *(each.override.id for each in bisection.evidence.values() if each.override is not None),
        *(each.id for each in bisection.aliases.values()),
    }
    claims = {each.id for each in bisection.events if isinstance(each.data, Claim)}
    return tuple(
        each for each in bisection.events if each.id in standing or _takes_back(each, bisection, claims)
    )


def people_lines(bisection: Bisection, signers: Mapping[bytes, str]) -> Iterator[str]:
    """Yield one line a word, below a heading; nothing where nobody said anything."""
    words = words_of(bisection)
    if words:
        yield "People said (kbis retract EVENT takes a word back):"
    for each in words:
        yield f"  {short(each.id)}  {printable(signers.get(each.id, '?'))}  {event_line(each)}"


def people_json(bisection: Bisection) -> list[dict[str, Any]]:
    """Return the words as data."""
    return [
        {"event": each.id.hex(), "kind": each.kind, "object": each.object.hex(), "reason": _reason(each)}
        for each in words_of(bisection)
    ]


def _takes_back(event: Event, bisection: Bisection, claims: set[bytes]) -> bool:
    data = event.data
    return (
        isinstance(data, Retract)
        and event.id not in bisection.retracted
        and not claims.issuperset(data.events)
    )


def _reason(event: Event) -> str:
    assert isinstance(event.data, Override | Alias | Retract)  # noqa: S101 - chosen so
    return event.data.reason
