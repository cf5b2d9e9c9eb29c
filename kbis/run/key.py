"""The user's key: the one at hand, or a new one; and this clone's trust in it."""

from dataclasses import dataclass
from pathlib import Path

from kbis import config as settings
from kbis.errors import KbisError, UserError
from kbis.log.keys import FoundSigner, find_signer
from kbis.log.new_key import make_key
from kbis.log.repository import open_repository
from kbis.run.session import ask_passphrase, key_settings, read_trust, trust_key


@dataclass(frozen=True)
class UsedKey:
    """The key that signs, whether it was made just now, and the file that came to trust it just now."""

    found: FoundSigner
    made: bool
    trusted_in: Path | None


def adopt_key(directory: Path) -> UsedKey:
    """Find the user's key or make one; where `directory` lies in a repository, let it count there.

    Raises:
        UserError: the key at hand cannot be used, or a trust file is wrong.
        InfraError: a key cannot be written.
    """
    config = settings.load(directory)
    made = False
    try:
        found = find_signer(key_settings(config), ask_passphrase)
    except UserError:
        if config.own_key.exists():
            raise
        make_key(config.own_key, f"kbis {config.principal} on {config.machine}")
        found, made = find_signer(key_settings(config), ask_passphrase), True
    try:
        repository = open_repository(directory)
    except KbisError:
        return UsedKey(found, made, None)
    trusted = read_trust(repository, config).key(found.signer.public.fingerprint) is not None
    return UsedKey(found, made, None if trusted else trust_key(repository, config, found.signer.public))
