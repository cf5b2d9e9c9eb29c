"""The line form: one signed event as one line of printable ASCII.

    k1 <lamport, 10 hex> <kind> <key fingerprint, 16 hex> <base64url body> <base64url signature>

The prefix is there for people, for sorting and to look the key up before the body is parsed; it must equal the
body. Base64 is RFC 4648 section 5, unpadded, and only the canonical spelling of the last character is accepted.
"""

import re
from base64 import urlsafe_b64encode
from binascii import a2b_base64
from dataclasses import dataclass

from kbis.log.event import BadEventError, Event, NewerEventError, decode

MAX_LINE = 64 * 1024
"""Longest line that is looked at, in bytes; the newline not counted."""

SIGNATURE_BYTES = 64

_FORM = re.compile(rb"k1 ([0-9a-f]{10}) ([a-z]{1,20}) ([0-9a-f]{16}) ([A-Za-z0-9_-]+) ([A-Za-z0-9_-]{86})")
# RFC 4648 section 3.5: the bits that the last character of an incomplete group has too many are zero.
_LAST = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}
_STANDARD = bytes.maketrans(b"-_", b"+/")
_OTHER_VERSION = re.compile(rb"k([0-9]{1,6}) ")


class ForeignLineError(ValueError):
    """The line is not kbis': somebody's own note."""


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """An event with the raw Ed25519 signature that came with it, not yet checked against any key."""

    event: Event
    signature: bytes


def format_line(signed: SignedEvent) -> bytes:
    """Return the line of an event, without its newline."""
    event = signed.event
    prefix = f"k1 {event.lamport:010x} {event.kind} {event.key[:8].hex()}"
    return b" ".join([prefix.encode(), _b64(event.body), _b64(signed.signature)])


def parse_line(line: bytes) -> SignedEvent:
    """Read one line; the signature is not verified here.

    Raises:
        ForeignLineError: it does not begin like an event line.
        NewerEventError: it was written by a newer kbis.
        BadEventError: it begins like one but its form, its body or its prefix is wrong.
        NotCanonicalError: the body is not canonical msgpack.
    """
    version = _OTHER_VERSION.match(line)
    if version is None:
        raise ForeignLineError("not an event line")
    if int(version[1]) > 1:
        raise NewerEventError(f"written by a newer kbis (line version {int(version[1])})")
    if len(line) > MAX_LINE:
        raise BadEventError(f"a line of {len(line)} bytes is over the limit of {MAX_LINE}")
    form = _FORM.fullmatch(line)
    if form is None:
        raise BadEventError("not the form of an event line")
    lamport, kind, key, body, signature = form.groups()
    event = decode(_unb64(body))
    said = (int(lamport, 16), kind.decode(), bytes.fromhex(key.decode()))
    if said != (event.lamport, event.kind, event.key[:8]):
        raise BadEventError("the prefix of the line differs from the body")
    return SignedEvent(event, _unb64(signature))


def _b64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    """Decode text that has no characters but those of the alphabet."""
    spare = len(text) % 4
    if spare == 1:
        raise BadEventError("broken base64")
    if spare and text[-1] not in _LAST[spare]:
        raise BadEventError("base64 that is not in its canonical spelling")
    return a2b_base64(text.translate(_STANDARD) + b"=" * (-spare % 4))
