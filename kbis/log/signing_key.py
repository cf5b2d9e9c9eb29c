"""The forms of git's `user.signingKey` (git-config(1)): a literal public key, or a path to a key."""

from dataclasses import dataclass
from pathlib import Path

from kbis.errors import UserError
from kbis.log.private_key import MAX_KEY_FILE_BYTES, read_private_key
from kbis.log.pubkey import PublicKey


@dataclass(frozen=True)
class SigningKey:
    """What `user.signingKey` came to.

    Attributes:
        public: The key it names.
        file: Where its private half must be, when it is in a file; else only an agent can have it.
    """

    public: PublicKey
    file: Path | None


def read_signing_key(value: str, home: Path) -> SigningKey:
    """Find out which key a value of `user.signingKey` names.

    Like git: `key::` and a public key, a bare public key that starts with `ssh-`, or a path; `~/` is
    the home directory. The path may be that of the private key or of the public one; in the
    second case the private half is looked for beside it.

    Raises:
        WrongKeyTypeError: The key is of another type than Ed25519.
        UserError: The value names no SSH key (it may be the id of a GPG key), or a damaged one.
    """
    literal = value.removeprefix("key::")
    if literal != value or value.startswith("ssh-"):
        return SigningKey(PublicKey.parse(literal), None)
    path = home / value[2:] if value.startswith("~/") else Path(value)
    try:
        found = path if path.exists() else path.with_name(path.name + ".pub")
        with found.open("rb") as file:
            content = file.read(MAX_KEY_FILE_BYTES)
    except (OSError, ValueError) as error:
        raise UserError(
            f"It is {value!r}: neither an SSH public key nor a key file that can be read.",
            "If it is the id of a GPG key, kbis cannot use it.",
        ) from error
    if b"PRIVATE KEY-----" in content:
        return SigningKey(read_private_key(found).public, found)
    public = PublicKey.parse(content.decode("utf-8", "replace").partition("\n")[0])
    beside = found.with_suffix("")
    has_private_half = found.suffix == ".pub" and beside.exists()
    return SigningKey(public, beside if has_private_half else None)
