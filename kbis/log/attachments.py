"""Attachments: blobs noted under their own name, so that they travel and merge with the events.

A blob whose path in the notes tree is its own object id is reachable, pushed, and merged without conflict.
The event carries its sha256 and length, because a SHA-1 id alone does not prove the content.
"""

from dataclasses import dataclass
from hashlib import sha256

import pygit2

from kbis.errors import IntegrityError, UserError
from kbis.log.blobs import MAX_ATTACHMENT_BYTES, read_blob
from kbis.log.event import Attachment


@dataclass(frozen=True)
class Content:
    """Bytes to attach, and what they are, such as `recipe`, `reproducer`, `report` or `build-log`."""

    type: str
    data: bytes


def store(repo: pygit2.Repository, content: Content) -> Attachment:
    """Write the blob and return what an event says of it.

    Raises:
        UserError: the content is over the limit.
    """
    if len(content.data) > MAX_ATTACHMENT_BYTES:
        raise UserError(
            f"The {content.type} has {len(content.data)} bytes; an attachment may have {MAX_ATTACHMENT_BYTES}.",
            "Make it smaller, or keep it outside the log.",
        )
    oid = repo.create_blob(content.data)
    return Attachment(oid.raw, sha256(content.data).digest(), len(content.data), content.type)


def load(repo: pygit2.Repository, attachment: Attachment) -> bytes:
    """Return the attached bytes, checked against the event.

    Raises:
        IntegrityError: the blob is missing or is not what the event signed.
    """
    name = attachment.oid.hex()
    data = read_blob(repo, pygit2.Oid(raw=attachment.oid), MAX_ATTACHMENT_BYTES)
    if data is None:
        raise IntegrityError(
            f"The attachment {name} ({attachment.type}) is not in this repository.",
            "Fetch the notes ref again from a clone that has it.",
        )
    if len(data) != attachment.length or sha256(data).digest() != attachment.sha256:
        raise IntegrityError(f"The attachment {name} ({attachment.type}) is not what its event signed.")
    return data
