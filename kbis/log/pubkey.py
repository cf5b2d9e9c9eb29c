"""A public key of the only kind kbis verifies: plain Ed25519, as OpenSSH writes it (RFC 8709)."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kbis.errors import UserError
from kbis.log.sshwire import Reader, WireError, string

ED25519 = "ssh-ed25519"
RAW_KEY_BYTES = 32
SIGNATURE_BYTES = 64
FINGERPRINT_BYTES = 32

_MAKE_ONE = "Use a plain Ed25519 key: 'kbis key' makes one, and so does 'ssh-keygen -t ed25519'."


class WrongKeyTypeError(UserError):
    """A well-formed key of a type kbis does not sign or verify with."""


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key.

    The type is taken from the blob, never from the text beside it: a security key
    (`sk-ssh-ed25519@openssh.com`) holds an Ed25519 point too, but signs other bytes.

    Attributes:
        blob: The key in SSH wire form, 51 bytes: string type, string point.
        comment: What follows the key in its file; no part of the identity.

    Raises:
        WrongKeyTypeError: The blob holds a key of another type.
        UserError: The blob is no SSH public key.
    """

    blob: bytes
    comment: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        kind = key_type(self.blob)
        if kind != ED25519:
            raise WrongKeyTypeError(f"The key is of type {kind}; kbis signs with {ED25519} only.", _MAKE_ONE)
        if len(self._point) != RAW_KEY_BYTES or self.blob != _blob_of(self._point):
            raise UserError("The Ed25519 public key is damaged: its length is wrong.", _MAKE_ONE)

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a line of a `.pub` file: `ssh-ed25519 AAAA… comment`.

        Raises:
            WrongKeyTypeError: The key is sound but of another type.
            UserError: The line is no public key.
        """
        fields = re.split(r"[ \t]+", line.strip(" \t\r\n"), maxsplit=2)
        if len(fields) < 2:
            raise UserError(
                "The text is no SSH public key: it needs a type, then the key in base64.", _MAKE_ONE
            )
        stated, encoded = fields[:2]
        try:
            blob = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(f"The {_shown(stated)} public key is not valid base64.", _MAKE_ONE) from error
        key = cls(blob, fields[2] if len(fields) == 3 else "")
        if stated != key.type:
            raise UserError(
                f"The line says {_shown(stated)}, but the key in it is of type {key.type}.", _MAKE_ONE
            )
        return key

    @classmethod
    def from_point(cls, point: bytes, comment: str = "") -> Self:
        """Frame the 32 raw bytes of an Ed25519 public key."""
        return cls(_blob_of(point), comment)

    @property
    def type(self) -> str:
        """The type named inside the blob; always `ssh-ed25519`."""
        return key_type(self.blob)

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 of the blob, 32 bytes."""
        return hashlib.sha256(self.blob).digest()

    @property
    def sha256_text(self) -> str:
        """The fingerprint as `ssh-keygen -l` shows it: `SHA256:` and unpadded base64."""
        return fingerprint_text(self.fingerprint)

    def line(self) -> str:
        """The key as one line of a `.pub` file, without the newline."""
        comment = " ".join("".join(c if c.isprintable() else " " for c in self.comment).split())
        return " ".join(filter(None, (self.type, base64.b64encode(self.blob).decode(), comment)))

    def verify(self, preimage: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's signature of `preimage` (RFC 8032 §5.1.7).

        Strict: exactly 64 bytes, and the scalar must be below the group order, so that
        nobody without the private key can make a second signature out of a first one.
        """
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            self._verifier.verify(signature, preimage)
        except InvalidSignature:
            return False
        return True

    @property
    def _point(self) -> bytes:
        fields = Reader(self.blob)
        try:
            fields.string()
            return fields.string()
        except WireError:
            return b""

    @cached_property
    def _verifier(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self._point)


def key_type(blob: bytes) -> str:
    """The type a public key blob names, whatever it is.

    Raises:
        UserError: The blob does not start with a type.
    """
    try:
        kind = Reader(blob).string().decode("ascii")
    except (WireError, UnicodeDecodeError):
        kind = ""
    if not kind or not kind.isprintable():
        raise UserError("The bytes are no SSH public key: they do not start with a key type.", _MAKE_ONE)
    return kind


def fingerprint_text(fingerprint: bytes) -> str:
    """Write a SHA-256 fingerprint of 32 bytes as `ssh-keygen -l` does."""
    return "SHA256:" + base64.b64encode(fingerprint).decode().rstrip("=")


def _blob_of(point: bytes) -> bytes:
    return string(ED25519.encode()) + string(point)


def _shown(text: str) -> str:
    return text if text.isprintable() and len(text) <= 64 else repr(text[:64])
