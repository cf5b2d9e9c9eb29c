"""Private key files as OpenSSH writes them (OpenSSH's PROTOCOL.key): the public half, then the secret."""

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from kbis.errors import IntegrityError, UserError
from kbis.log.pubkey import PublicKey, WrongKeyTypeError
from kbis.log.sshwire import Reader, WireError

MAX_KEY_FILE_BYTES = 64 * 1024

_BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----"
_END = "-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"


class WrongPassphraseError(UserError):
    """The passphrase does not open the key."""


@dataclass(frozen=True)
class PrivateKeyFile:
    """A private key file that was read but not opened.

    Attributes:
        path: Where it is.
        public: The public half, which stands there in clear.
        encrypted: Whether a passphrase is needed.
    """

    path: Path
    public: PublicKey
    encrypted: bool
    _content: bytes

    def unlock(self, passphrase: str | None) -> Ed25519PrivateKey:
        """Open the secret half; `passphrase` is not looked at when none is needed.

        Raises:
            WrongPassphraseError: The passphrase is wrong.
            UserError: The encryption is one that cannot be undone here.
            IntegrityError: The file is damaged: its halves do not belong together.
        """
        password = passphrase.encode() if self.encrypted and passphrase is not None else None
        try:
            secret = load_ssh_private_key(self._content, password)
        except UnsupportedAlgorithm as error:
            raise UserError(
                f"The key {self.path} has a passphrase that cannot be used here: {error}.",
                f"Load it into an agent with 'ssh-add {self.path}', or install the bcrypt package for Python.",
            ) from error
        except (ValueError, TypeError) as error:
            if not self.encrypted:
                raise _damaged(self.path) from error
            raise WrongPassphraseError(
                f"The passphrase does not open the key {self.path}.",
                f"Try again, or load the key into an agent with 'ssh-add {self.path}'.",
            ) from error
        if not isinstance(secret, Ed25519PrivateKey):
            raise _damaged(self.path)
        if PublicKey.from_point(secret.public_key().public_bytes_raw()) != self.public:
            raise _damaged(self.path)
        return secret


def read_private_key(path: Path) -> PrivateKeyFile:
    """Read a private key file without opening its secret half.

    Raises:
        UserError: The file cannot be read, is open to others, or is no OpenSSH private key.
        WrongKeyTypeError: It holds a key of another type than Ed25519.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno())
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise UserError(
            f"The private key {path} cannot be read: {error.strerror}.",
            "Correct the path or the rights of the file, or make a key with 'kbis key'.",
        ) from error
    try:
        public, encrypted = _header(content)
    except WrongKeyTypeError as error:
        raise WrongKeyTypeError(f"The private key {path} cannot be used. {error}", error.hint) from error
    except (WireError, binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise UserError(
            f"The file {path} is no private key in OpenSSH's form: {error}.",
            "Use a key made by 'ssh-keygen -t ed25519' or by 'kbis key'.",
        ) from error
    if mode.st_uid == os.getuid() and stat.S_IMODE(mode.st_mode) & 0o077:
        raise UserError(
            f"The private key {path} can be read by others, so ssh-keygen would not use it either.",
            f"Run 'chmod 600 {path}'.",
        )
    return PrivateKeyFile(path, public, encrypted, content)


def _header(content: bytes) -> tuple[PublicKey, bool]:
    lines = content.decode("ascii").strip().splitlines()
    if len(content) > MAX_KEY_FILE_BYTES or len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise WireError("it does not start and end as one does")
    fields = Reader(base64.b64decode("".join(lines[1:-1]), validate=True))
    if fields.take(len(_MAGIC)) != _MAGIC:
        raise WireError("its first bytes are not those of one")
    cipher, _kdf, _kdf_options = (fields.string() for _ in range(3))
    if fields.uint32() != 1:
        raise WireError("it does not hold exactly one key")
    return PublicKey(fields.string()), cipher != b"none"


def _damaged(path: Path) -> IntegrityError:
    return IntegrityError(
        f"The private key {path} is damaged: its secret half does not fit its public half.",
        "Restore it from a copy, or move it away and make another with 'kbis key'.",
    )
