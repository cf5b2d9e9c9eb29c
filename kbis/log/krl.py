"""Binary key revocation lists (OpenSSH's PROTOCOL.krl), read for the plain keys they revoke."""

from collections.abc import Iterator
from dataclasses import dataclass

from kbis.log.sshwire import Reader, WireError

MAGIC = b"SSHKRL\n\0"

_FORMAT_VERSION = 1
_NUMBER_DATE_FLAGS_BYTES = 3 * 8
_CERTIFICATES, _EXPLICIT_KEY, _SHA1, _SIGNATURE, _SHA256, _EXTENSION = 1, 2, 3, 4, 5, 255
_SHA1_BYTES, _SHA256_BYTES = 20, 32


@dataclass(frozen=True)
class RevokedKeys:
    """The plain keys of a list.

    Attributes:
        blobs: Keys in full, in SSH wire form.
        sha1: SHA-1 digests of key blobs, 20 bytes each.
        sha256: SHA-256 digests of key blobs, 32 bytes each.
    """

    blobs: frozenset[bytes]
    sha1: frozenset[bytes]
    sha256: frozenset[bytes]


def parse_krl(content: bytes) -> RevokedKeys:
    """Read a revocation list, all of it.

    Sections on certificates are passed over, since kbis trusts no certificate. A list's own
    signature is not checked: the file is local, as trusted as the allowed signers beside it.

    Raises:
        WireError: The list is damaged, or has a section whose meaning is not known: whoever
            ignored it could miss a revocation.
    """
    fields = Reader(content)
    if fields.take(len(MAGIC)) != MAGIC:
        raise WireError("it does not start as a key revocation list does")
    if (version := fields.uint32()) != _FORMAT_VERSION:
        raise WireError(f"its format version is {version}, kbis knows {_FORMAT_VERSION}")
    fields.take(_NUMBER_DATE_FLAGS_BYTES)
    _reserved, _comment = fields.string(), fields.string()
    blobs: set[bytes] = set()
    sha1: set[bytes] = set()
    sha256: set[bytes] = set()
    while not fields.at_end:
        kind, section = fields.byte(), fields.string()
        if kind == _EXPLICIT_KEY:
            blobs.update(_strings(section))
        elif kind == _SHA1:
            sha1.update(_digests(section, _SHA1_BYTES))
        elif kind == _SHA256:
            sha256.update(_digests(section, _SHA256_BYTES))
        elif kind == _SIGNATURE:
            fields.string()
        elif kind == _EXTENSION:
            _refuse_critical(section)
        elif kind != _CERTIFICATES:
            raise WireError(f"its section of type {kind} is not known")
    return RevokedKeys(frozenset(blobs), frozenset(sha1), frozenset(sha256))


def _strings(section: bytes) -> Iterator[bytes]:
    fields = Reader(section)
    while not fields.at_end:
        yield fields.string()


def _digests(section: bytes, length: int) -> Iterator[bytes]:
    for digest in _strings(section):
        if len(digest) != length:
            raise WireError(f"a digest of {len(digest)} bytes stands where {length} belong")
        yield digest


def _refuse_critical(extension: bytes) -> None:
    fields = Reader(extension)
    name, critical = fields.string(), fields.byte()
    if critical:
        raise WireError(f"its critical extension {name!r} is not known")
