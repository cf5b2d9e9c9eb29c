"""From the JSON form of an event back to the event: what a reader of `kbis log --json` would do."""

import re
from typing import Any

from kbis.log.event import FRAME, Attachment, Event
from kbis.log.fields import Bytes, Many, Spec, Table, load_record, specs
from kbis.log.kinds import KINDS, Unknown

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def wire(spec: Spec, value: Any) -> Any:
    """The msgpack value of a JSON value; what does not look like the spec stays as it is."""
    match spec:
        case Bytes():
            return bytes.fromhex(value) if type(value) is str and _HEX.fullmatch(value) else value
        case Many(item):
            return [wire(item, each) for each in value] if type(value) is list else value
        case Table(record):
            return wire_record(record, value)
    return value


def wire_record(record: type[Any], value: Any) -> Any:
    if type(value) is not dict:
        return value
    known = {each.name: spec for each, spec in specs(record)}
    return {name: wire(known[name], each) if name in known else each for name, each in value.items()}


def wire_body(form: dict[str, Any]) -> dict[str, Any]:
    """The map of the body, from the JSON form of an event."""
    body = {name: wire(FRAME[name], each) if name in FRAME else each for name, each in form.items()}
    body.pop("id", None)
    kind = form.get("kind")
    if isinstance(kind, str) and kind in KINDS and "data" in form:
        body["data"] = wire_record(KINDS[kind], form["data"])
    if "attachments" in form:
        body["attachments"] = wire(Many(Table(Attachment), 16), form["attachments"])
    return body


def event_from_json(form: dict[str, Any]) -> Event:
    body = wire_body(form)
    kind, data = body.pop("kind"), body.pop("data")
    body.pop("v")
    attachments = tuple(load_record(Attachment, each, "attachment") for each in body.pop("attachments"))
    known = KINDS.get(kind)
    return Event(
        **body | {"parents": tuple(body["parents"])},
        data=load_record(known, data, "data") if known else Unknown(data),
        attachments=attachments,
        unknown_kind="" if known else kind,
    )
