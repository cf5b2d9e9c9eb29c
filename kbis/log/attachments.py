"""Attachments: blobs noted under their own name, so that they travel and merge with the events.

A blob whose path in the notes tree is its own object id is reachable, pushed, and merged without conflict.
The event carries its sha256 and length, because a SHA-1 id alone does not prove the content.
"""

from dataclasses import dataclass
from hashlib import sha256

import pygit2

from kbis.errors import IntegrityError, UserError
from kbis.log.blobs import MAX_ATTACHMENT_BYTES, MissingObjectError, read_blob
from kbis.log.event import Attachment


@dataclass(frozen=True)
class Content:
    """Bytes to attach, and what they are, such as `recipe`, `reproducer`, `report` or `build-log`."""

    type: str
    data: bytes


def describe(content: Content) -> Attachment:
    """Return what an event says of the bytes attached to it.

    Raises:
        UserError: the content is over the limit.
    """
    if len(content.data) > MAX_ATTACHMENT_BYTES:
        raise UserError(
            f"The {content.type} has {len(content.data)} bytes; an attachment may have {MAX_ATTACHMENT_BYTES}.",
            "Make it smaller, or keep it outside the log.",
        )
    oid = pygit2.hash(content.data)
    return Attachment(oid.raw, sha256(content.data).digest(), len(content.data), content.type)


def load(repo: pygit2.Repository, attachment: Attachment) -> bytes:
    """Return the attached bytes, checked against the event.

    Raises:
        MissingObjectError: they are not here.
        IntegrityError: they are not what the event signed.
    """
    name = f"the attachment {attachment.oid.hex()} ({attachment.type})"
    try:
        data = read_blob(repo, pygit2.Oid(raw=attachment.oid), MAX_ATTACHMENT_BYTES)
    except MissingObjectError as why:
        raise MissingObjectError(f"{name} is not here") from why
    if data is None or len(data) != attachment.length or sha256(data).digest() != attachment.sha256:
        raise IntegrityError(
            f"What is here as {name} is not what its event signed.",
            "Do not use it; fetch the notes from a clone that has the right one.",
        )
    return data
