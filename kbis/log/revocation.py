"""Revocation files: the keys that must not be trusted any more, whoever vouches for them.

Two forms, as `gpg.ssh.revocationFile` of git and `RevokedKeys` of sshd have them: public keys,
one a line, or a binary key revocation list. A file that cannot be read to its end stops kbis,
as it stops ssh-keygen: passing over a damaged line could bring a stolen key back.
"""

import hashlib
from dataclasses import dataclass

from kbis.errors import UserError
from kbis.log import krl
from kbis.log.pubkey import PublicKey, WrongKeyTypeError
from kbis.log.sshwire import WireError


@dataclass(frozen=True)
class Revocations:
    """The revoked keys.

    Attributes:
        sha256: SHA-256 digests of key blobs, 32 bytes each.
        sha1: SHA-1 digests of key blobs, 20 bytes each; only binary lists have them.
    """

    sha256: frozenset[bytes] = frozenset()
    sha1: frozenset[bytes] = frozenset()

    def revokes(self, key: PublicKey) -> bool:
        """Whether the key is revoked."""
        if key.fingerprint in self.sha256:
            return True
        return bool(self.sha1) and hashlib.sha1(key.blob, usedforsecurity=False).digest() in self.sha1


def parse_revocations(source: str, content: bytes) -> Revocations:
    """Read a revocation file of either form.

    Args:
        source: The file's name, for the error.
        content: The bytes of the file.

    Raises:
        UserError: Some part of the file cannot be understood.
    """
    if content.startswith(krl.MAGIC):
        return _from_krl(source, content)
    revoked = set()
    for number, raw in enumerate(content.split(b"\n"), 1):
        text = raw.decode("utf-8", "replace").strip(" \t\r")
        if not text or text.startswith("#"):
            continue
        try:
            revoked.add(PublicKey.parse(text).fingerprint)
        except WrongKeyTypeError:
            continue
        except UserError as error:
            raise UserError(
                f"Line {number} of the revocation file {source} is no public key.",
                "Each line must be a key as a .pub file has it, or the file a list made by 'ssh-keygen -k'. "
                "Until the line is mended, kbis cannot tell which keys are revoked.",
            ) from error
    return Revocations(frozenset(revoked))


def _from_krl(source: str, content: bytes) -> Revocations:
    try:
        listed = krl.parse_krl(content)
    except WireError as error:
        raise UserError(
            f"The key revocation list {source} cannot be read: {error}.",
            "Make it again with 'ssh-keygen -k -f FILE KEYS.pub', or replace it by a text file with "
            "the revoked public keys, one a line.",
        ) from error
    explicit = {hashlib.sha256(blob).digest() for blob in listed.blobs}
    return Revocations(listed.sha256 | explicit, listed.sha1)
