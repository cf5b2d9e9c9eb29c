"""An event as JSON: the form that schemas/ describes. Bytes are lower-case hex."""

from typing import Any

from kbis.bisect.fold import Bisection
from kbis.log import canon
from kbis.log.event import Event


def event_json(event: Event) -> dict[str, Any]:
    """Return the JSON form of an event: its derived id, then its body, whatever that holds."""
    body = canon.decode(event.body)
    assert isinstance(body, dict)  # noqa: S101 - an event's body is a map
    form: dict[str, Any] = hexed({"id": event.id, **body})
    return form


def recorded_json(event: Event, bisection: Bisection, signer: str) -> dict[str, Any]:
    """Return an event with who signed it, and the retraction that takes it back, if there is one."""
    by = bisection.retracted.get(event.id)
    return event_json(event) | {"signer": signer, "retracted_by": by.id.hex() if by else None}


def hexed(value: Any) -> Any:
    """Return a value with all bytes in it as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: hexed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [hexed(each) for each in value]
    return value
