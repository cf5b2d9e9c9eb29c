"""Which key a user means: a `.pub` file, the key itself, a name of the allowed signers, or a fingerprint."""

import re
from pathlib import Path

from kbis.errors import UserError
from kbis.log.private_key import MAX_KEY_FILE_BYTES
from kbis.log.pubkey import PublicKey, fingerprint_text
from kbis.log.trust import Trust

MIN_HEX = 8
MIN_BASE64 = 6
"""Fewest digits of a fingerprint that are taken for one."""

_HEX = re.compile(rf"[0-9a-fA-F]{{{MIN_HEX},64}}")
_BASE64 = re.compile(r"SHA256:([A-Za-z0-9+/]+)=?")


def given_key(directory: Path, words: str) -> PublicKey:
    """Return the key that a `.pub` file holds, or that the words themselves are.

    Args:
        directory: What relative paths start from.
        words: As the user wrote them.

    Raises:
        UserError: they are neither, or a key of another type, or only a fingerprint.
    """
    text = _content(directory / words) if _is_file(directory / words) else words
    if "PRIVATE KEY-----" in text:
        raise UserError(f"{words} is a private key.", f"Give the public half: {words}.pub.")
    lines = [each for each in map(str.strip, text.splitlines()) if each and not each.startswith("#")]
    if len(lines) > 1:
        raise UserError(f"{words} holds {len(lines)} lines, not one key.", "Give one key at a time.")
    if is_fingerprint(words) and text is words:
        raise UserError(
            f"{words} is a fingerprint: it tells a key from others, but the key cannot be made from it.",
            "Ask its owner for the key itself, the line that kbis key prints or the .pub file, and give that.",
        )
    if text is words and " " not in words:
        raise UserError(
            f"{words} is neither a file here nor a public key.",
            "Give a .pub file, or the whole line of one: ssh-ed25519 AAAA...",
        )
    return PublicKey.parse(lines[0] if lines else "")


def called(trust: Trust, directory: Path, words: str) -> tuple[PublicKey, str]:
    """Return the key that the words mean and the name it goes by, its fingerprint where no file names it.

    Raises:
        UserError: they mean no key, or more than one.
    """
    keys = {
        line.key.fingerprint: (line.key, line.principals)
        for line in reversed(trust.signers)
        if words in line.principals.split(",") or _begins(line.key, words)
    }
    if len(keys) > 1:
        listed = ", ".join(key.sha256_text for key, _ in keys.values())
        raise UserError(f"{len(keys)} keys are called {words}: {listed}.", "Name one by its fingerprint.")
    if keys:
        [(key, name)] = keys.values()
        return key, name
    if _BASE64.fullmatch(words) and len(words) < len("SHA256:") + MIN_BASE64:
        raise UserError(
            f"{words} is too short for a fingerprint.",
            f"Give at least {MIN_BASE64} characters after SHA256:.",
        )
    if is_fingerprint(words):
        raise UserError(
            f"No allowed signer has a key whose fingerprint begins with {words}.",
            "Events of a key that no file lists do not count anyway. To forbid it for good, give the key itself.",
        )
    try:
        key = given_key(directory, words)
    except UserError as why:
        if _is_file(directory / words):
            raise
        raise UserError(
            f"No allowed signer is called {words}.", "kbis trust list shows the names and fingerprints."
        ) from why
    names = (line.principals for line in trust.signers if line.key == key)
    return key, next(names, key.sha256_text)


def is_fingerprint(words: str) -> bool:
    """Tell whether words look like a fingerprint or its first digits, as kbis or ssh-keygen shows them."""
    return bool(_HEX.fullmatch(words) or _BASE64.fullmatch(words))


def _begins(key: PublicKey, words: str) -> bool:
    written = _BASE64.fullmatch(words)
    if written is not None:
        return len(written[1]) >= MIN_BASE64 and fingerprint_text(key.fingerprint)[7:].startswith(written[1])
    return bool(_HEX.fullmatch(words)) and key.fingerprint.hex().startswith(words.lower())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # too long for a name, as a key is


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_FILE_BYTES).decode("utf-8", "replace")
    except OSError as why:
        raise UserError(f"{path} cannot be read: {why.strerror}.", "Check its rights.") from why
