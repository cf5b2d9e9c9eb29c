"""An event as JSON: the form that schemas/ describes. Bytes are lower-case hex."""

from typing import Any

from kbis.log.event import VERSION, Event
from kbis.log.fields import dump_record
from kbis.log.kinds import Unknown


def event_json(event: Event) -> dict[str, Any]:
    """Return the JSON form of an event, its derived id included."""
    data = event.data.fields if isinstance(event.data, Unknown) else dump_record(event.data)
    form: dict[str, Any] = hexed(
        {
            "v": VERSION,
            "id": event.id,
            "kind": event.kind,
            "repository": event.repository,
            "bisection": event.bisection,
            "object": event.object,
            "key": event.key,
            "parents": list(event.parents),
            "lamport": event.lamport,
            "time": event.time,
            "nonce": event.nonce,
            "data": data,
            "attachments": [dump_record(each) for each in event.attachments],
        }
    )
    return form


def hexed(value: Any) -> Any:
    """Return a value with all bytes in it as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: hexed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [hexed(each) for each in value]
    return value
