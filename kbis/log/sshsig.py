"""SSH signatures: what is signed, and the container that `ssh-keygen -Y verify` reads.

The source of every rule here is OpenSSH's PROTOCOL.sshsig. kbis stores the raw 64 bytes of a
signature; the container and its armour are made when somebody asks for them.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from kbis.errors import IntegrityError
from kbis.log.pubkey import ED25519, SIGNATURE_BYTES, PublicKey
from kbis.log.sshwire import Reader, WireError, string, uint32

NAMESPACE = "kbis-event@v1"
HASH = "sha512"

_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_COLUMNS = 70  # what ssh-keygen prints; PROTOCOL.sshsig asks for 76 at most
_MAX_ARMOR_CHARS = 16 * 1024


@dataclass(frozen=True)
class Container:
    """A detached signature with all that is needed to check it but the message.

    Attributes:
        public: The key that signed.
        namespace: What the signature is for; a signature made for one purpose is none for another.
        hash_name: The digest of the message that was signed: `sha256` or `sha512`.
        signature: The raw Ed25519 signature, 64 bytes.
    """

    public: PublicKey
    namespace: str
    hash_name: str
    signature: bytes

    def verify(self, message: bytes, namespace: str = NAMESPACE) -> bool:
        """Whether this signs `message` for `namespace`. Says nothing of trust in the key."""
        signed = preimage(message, namespace, self.hash_name)
        return self.namespace == namespace and self.public.verify(signed, self.signature)


def preimage(message: bytes, namespace: str = NAMESPACE, hash_name: str = HASH) -> bytes:
    """The bytes that a key signs on behalf of `message` (PROTOCOL.sshsig §3).

    Raises:
        ValueError: The namespace is empty, which the protocol forbids.
        KeyError: The hash is neither `sha256` nor `sha512`.
    """
    if not namespace:
        raise ValueError("an SSH signature needs a namespace")
    digest = _HASHES[hash_name](message).digest()
    return _MAGIC + string(namespace.encode()) + string(b"") + string(hash_name.encode()) + string(digest)


def container(
    public: PublicKey, signature: bytes, namespace: str = NAMESPACE, hash_name: str = HASH
) -> bytes:
    """Wrap the raw 64 bytes of a signature into the SSHSIG blob (PROTOCOL.sshsig §2)."""
    return (
        _MAGIC
        + uint32(_VERSION)
        + string(public.blob)
        + string(namespace.encode())
        + string(b"")
        + string(hash_name.encode())
        + string(string(ED25519.encode()) + string(signature))
    )


def armor(public: PublicKey, signature: bytes, namespace: str = NAMESPACE, hash_name: str = HASH) -> str:
    """The text form, byte for byte what `ssh-keygen -Y sign` writes."""
    body = base64.b64encode(container(public, signature, namespace, hash_name)).decode()
    rows = [body[at : at + _COLUMNS] for at in range(0, len(body), _COLUMNS)]
    return "\n".join([_BEGIN, *rows, _END, ""])


def dearmor(text: str) -> Container:
    """Read an armoured signature, such as `ssh-keygen -Y sign` writes.

    Raises:
        IntegrityError: The text is no SSH signature.
        WrongKeyTypeError: The signature was made with another type of key.
    """
    lines = text.strip().splitlines()
    if len(text) > _MAX_ARMOR_CHARS or len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise _no_signature("the BEGIN and END lines do not frame it")
    try:
        return open_container(base64.b64decode("".join(lines[1:-1]), validate=True))
    except (binascii.Error, ValueError) as error:
        raise _no_signature("its base64 is broken") from error


def open_container(blob: bytes) -> Container:
    """Read an SSHSIG blob.

    Stricter than the protocol, so that one signature has one container: the reserved field
    must be empty, and nothing may follow the last field.

    Raises:
        IntegrityError: The blob is no SSH signature, or of another version or hash.
        WrongKeyTypeError: The signature was made with another type of key.
    """
    fields = Reader(blob)
    try:
        if fields.take(len(_MAGIC)) != _MAGIC:
            raise _no_signature("it does not start with SSHSIG")
        if (version := fields.uint32()) != _VERSION:
            raise _no_signature(f"its version is {version}, kbis knows {_VERSION}")
        key, namespace, reserved, hash_name, wrapped = (fields.string() for _ in range(5))
        fields.end()
        public = PublicKey(key)
        inner = Reader(wrapped)
        kind, signature = inner.string(), inner.string()
        inner.end()
        opened = Container(public, namespace.decode(), hash_name.decode(), signature)
    except (WireError, UnicodeDecodeError) as error:
        raise _no_signature(str(error)) from error
    if kind != ED25519.encode() or len(signature) != SIGNATURE_BYTES:
        raise _no_signature("it holds no Ed25519 signature of 64 bytes")
    if reserved or not namespace or opened.hash_name not in _HASHES:
        raise _no_signature("its reserved field, namespace or hash is not as the protocol has it")
    return opened


def _no_signature(why: str) -> IntegrityError:
    return IntegrityError(
        f"This is no sound SSH signature: {why}.",
        "Export the signature again; one made by 'ssh-keygen -Y sign' is sound.",
    )
