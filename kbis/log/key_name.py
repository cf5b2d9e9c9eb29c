"""How a key is called: by the name that the allowed signers give it, and by its fingerprint as ssh-keygen shows it."""

from kbis.log.pubkey import fingerprint_text
from kbis.log.trust import Trust


def listed_name(trust: Trust, fingerprint: bytes) -> str | None:
    """Return the name beside a key (SHA-256, 32 bytes) in the allowed signers, revoked or not; None for a stranger's.

    It says whose key an event names, not who wrote it: only a signature that holds does.
    """
    return next((each.principals for each in trust.signers if each.key.fingerprint == fingerprint), None)


def key_words(trust: Trust, fingerprint: bytes) -> str:
    """Return `the key SHA256:... of ann@example.org`, or without a name where no file lists it."""
    name = listed_name(trust, fingerprint)
    return f"the key {fingerprint_text(fingerprint)}" + (f" of {name}" if name else "")
