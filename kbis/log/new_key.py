"""Making a key: an Ed25519 pair in OpenSSH's files, never over another one."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kbis.errors import InfraError, UserError
from kbis.log.pubkey import PublicKey


def make_key(path: Path, comment: str) -> PublicKey:
    """Write a new private key to `path` and its public half to `path`.pub.

    The private key has no passphrase and mode 0600; `ssh-keygen -p -f path` can give it one. The
    directory is made with mode 0700 when missing. Both files are on the disk on return.

    Raises:
        UserError: One of the two files is already there; nothing was written.
        InfraError: The files cannot be written; nothing is left of them.
    """
    secret = Ed25519PrivateKey.generate()
    public = PublicKey.from_point(secret.public_key().public_bytes_raw(), comment)
    private_text = secret.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    beside = path.with_name(path.name + ".pub")
    made: list[Path] = []
    try:
        _make_directory(path.parent)
        for target, content, mode in (
            (path, private_text, 0o600),
            (beside, public.line().encode() + b"\n", 0o644),
        ):
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            made.append(target)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
    except FileExistsError as error:
        _remove(made)
        raise UserError(
            f"There is a key at {path} already; kbis never writes over one.",
            "Use that key, or move both of its files away first.",
        ) from error
    except OSError as error:
        _remove(made)
        raise InfraError(
            f"The key {path} cannot be written: {error.strerror}.",
            "Free some space or correct the rights of the directory, and try again.",
        ) from error
    return public


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UserError(
            f"The key cannot be put into {directory}: that is no directory.",
            "Choose another place for the key.",
        ) from error


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
