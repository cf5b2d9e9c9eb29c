"""One event: an immutable fact, its canonical bytes and its id.

The body is a canonical msgpack map (docs/format.md). The id is sha256 over a domain tag and the body, so it
names the fact and not its signature. A bisection's id is the id of its `start` event, whose own `bisection` is
empty.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any

from kbis.log import canon
from kbis.log.fields import BadFieldError, Bytes, Many, Spec, Text, Whole, dump_record, load_record
from kbis.log.kinds import ID_BYTES, KINDS, NAMES, OID_BYTES, Data, Start, Unknown

VERSION = 1
MAX_PARENTS = 16
MAX_ATTACHMENTS = 16
MAX_LAMPORT = 2**40 - 1
"""The line form gives the lamport number ten hex digits."""

_ID_DOMAIN = b"kbis-event-id-v1\0"


class BadEventError(ValueError):
    """The bytes are canonical but are not an event."""


class NewerEventError(BadEventError):
    """The event was written by a newer kbis."""


@dataclass(frozen=True)
class Attachment:
    """A blob that belongs to an event: its git object id, sha256, length in bytes, and what it is."""

    oid: Annotated[bytes, Bytes((OID_BYTES,))]
    sha256: Annotated[bytes, Bytes((ID_BYTES,))]
    length: Annotated[int, Whole()]
    type: Annotated[str, Text(40, r"[a-z0-9-]+")]


@dataclass(frozen=True)
class Event:
    """A fact about one commit.

    Attributes:
        repository: Root commit that names the repository, 20 bytes.
        bisection: Id of the start event, 32 bytes; empty in the start event itself.
        object: The commit the event speaks of, 20 bytes.
        key: sha256 of the signer's public key blob, 32 bytes.
        parents: Ids of the newest events the writer knew in this bisection, sorted, at most 16.
        lamport: 1 + the greatest lamport of the parents; 1 without parents.
        time: Milliseconds since 1970 as the writer's clock had it; shown, never trusted.
        nonce: 8 random bytes, so that equal facts are different events.
        data: What happened, one of the kinds.
        attachments: Blobs that belong to it.
        body: The canonical bytes (derived).
        id: sha256 of the domain tag and the body, 32 bytes (derived).
    """

    repository: bytes
    bisection: bytes
    object: bytes
    key: bytes
    parents: tuple[bytes, ...]
    lamport: int
    time: int
    nonce: bytes
    data: Data
    attachments: tuple[Attachment, ...] = ()
    unknown_kind: str = ""
    body: bytes = field(default=b"", compare=False, repr=False)
    id: bytes = field(default=b"", compare=False)

    def __post_init__(self) -> None:
        body = self.body or _encode(self)
        object.__setattr__(self, "body", body)
        object.__setattr__(self, "id", event_id(body))

    @property
    def kind(self) -> str:
        """The wire name of the kind."""
        return self.unknown_kind or NAMES[type(self.data)]

    @property
    def search(self) -> bytes:
        """The id of the bisection this event belongs to, for the start event its own id."""
        return self.bisection or self.id

    @property
    def order(self) -> tuple[int, bytes]:
        """The place in the total order that every reader agrees on."""
        return (self.lamport, self.id)


def event_id(body: bytes) -> bytes:
    """Return the id of an event body."""
    return sha256(_ID_DOMAIN + body).digest()


def _encode(event: Event) -> bytes:
    data = event.data.fields if isinstance(event.data, Unknown) else dump_record(event.data)
    return canon.encode(
        {
            "v": VERSION,
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


FRAME: dict[str, Spec] = {
    "v": Whole(VERSION, VERSION),
    "kind": Text(20, r"[a-z]+"),
    "repository": Bytes((OID_BYTES,)),
    "bisection": Bytes((0, ID_BYTES)),
    "object": Bytes((OID_BYTES,)),
    "key": Bytes((ID_BYTES,)),
    "parents": Many(Bytes((ID_BYTES,)), MAX_PARENTS),
    "lamport": Whole(1, MAX_LAMPORT),
    "time": Whole(),
    "nonce": Bytes((8,)),
}
"""The fields of every event but `data` and `attachments`."""


def decode(body: bytes) -> Event:
    """Return the event of a canonical body.

    Raises:
        NotCanonicalError: the bytes are not canonical msgpack.
        NewerEventError: the event's version is above ours.
        BadEventError: the map is not an event.
    """
    value = canon.decode(body)
    if not isinstance(value, dict):
        raise BadEventError("the body is not a map")
    version = value.get("v")
    if type(version) is int and version > VERSION:
        raise NewerEventError(f"written by a newer kbis (event version {version})")
    try:
        return _event(value, body)
    except BadFieldError as why:
        raise BadEventError(str(why)) from why


def _event(value: dict[str, Any], body: bytes) -> Event:
    if value.keys() != FRAME.keys() | {"data", "attachments"}:
        raise BadFieldError("the keys of the body are not those of an event")
    frame = {name: spec.load(value[name], name) for name, spec in FRAME.items()}
    parents = frame["parents"]
    if list(parents) != sorted(set(parents)):
        raise BadFieldError("parents are not sorted and distinct")
    kind = frame.pop("kind")
    frame.pop("v")
    attachments = value["attachments"]
    if type(attachments) is not list or len(attachments) > MAX_ATTACHMENTS:
        raise BadFieldError(f"attachments is not a list of at most {MAX_ATTACHMENTS}")
    if type(value["data"]) is not dict:
        raise BadFieldError("data is not a map")
    known = KINDS.get(kind)
    data = load_record(known, value["data"], "data") if known else Unknown(value["data"])
    if (kind == "start") != (frame["bisection"] == b""):
        raise BadFieldError("only a start event, and every start event, has an empty bisection")
    if isinstance(data, Start) and (parents or frame["lamport"] != 1):
        raise BadFieldError("a start event has no parents and lamport 1")
    return Event(
        **frame,
        data=data,
        attachments=tuple(
            load_record(Attachment, each, f"attachments[{at}]") for at, each in enumerate(attachments)
        ),
        unknown_kind="" if known else kind,
        body=body,
    )
