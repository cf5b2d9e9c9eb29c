"""Trust: which key may speak under which name, when and in which namespace.

The rules are those of `ssh-keygen -Y verify -r REVOKED -f ALLOWED`: a key that the revocation
file lists is never trusted; else the first line of the allowed signers that accepts it decides.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from kbis.log.allowed_signers import AllowedSigner, SkippedLine, parse_allowed_signers
from kbis.log.pubkey import PublicKey, fingerprint_text
from kbis.log.revocation import Revocations, parse_revocations
from kbis.log.sshwire import string
from kbis.log.timestamp import LocalTime


@dataclass(frozen=True)
class TrustFile:
    """A file as it was read: its name, for reports, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Trusted:
    """The key may sign.

    Attributes:
        principal: The name it signs under, as the allowed signers write it.
        key: The key.
    """

    principal: str
    key: PublicKey


@dataclass(frozen=True)
class Untrusted:
    """The key may not sign; `reason` is a clause without a full stop."""

    reason: str


@dataclass(frozen=True)
class Trust:
    """What the allowed signers and the revocation file say together; a value, not a live view.

    Attributes:
        signers: The usable lines, in the order of the files.
        revoked: The revoked keys.
        skipped: The lines that let nobody sign, with their reasons, to be reported.
    """

    signers: tuple[AllowedSigner, ...] = ()
    revoked: Revocations = field(default_factory=Revocations)
    skipped: tuple[SkippedLine, ...] = ()

    @classmethod
    def parse(cls, allowed: Sequence[TrustFile], revoked: TrustFile | None, local: LocalTime) -> Self:
        """Read the files.

        Args:
            allowed: Allowed-signers files; earlier ones win.
            revoked: A revocation file: public keys, one a line, or a binary list.
            local: How times without `Z` are understood.

        Raises:
            UserError: The revocation file cannot be read to its end.
        """
        lines = [line for file in allowed for line in parse_allowed_signers(file.name, file.content, local)]
        return cls(
            tuple(line for line in lines if isinstance(line, AllowedSigner)),
            parse_revocations(revoked.name, revoked.content) if revoked else Revocations(),
            tuple(line for line in lines if isinstance(line, SkippedLine)),
        )

    def principal(self, fingerprint: bytes, time_ms: int, namespace: str) -> Trusted | Untrusted:
        """Whether a key may sign, and under which name.

        Depends on nothing but the arguments and what `digest` covers.

        Args:
            fingerprint: SHA-256 of the key blob, 32 bytes.
            time_ms: When the signature claims to be made, milliseconds since 1970 UTC. The
                signer wrote it: limits in time order honest keys, only a revocation stops a stolen one.
            namespace: What the signature is for.
        """
        lines = self._lines.get(fingerprint, ())
        if not lines:
            return Untrusted(f"the key {fingerprint_text(fingerprint)} is not among the allowed signers")
        if self.revoked.revokes(lines[0].key):
            return Untrusted(f"the key {fingerprint_text(fingerprint)} is revoked")
        refusals = []
        for line in lines:
            refusal = line.refusal(time_ms // 1000, namespace)
            if refusal is None and line.principal is not None:
                return Trusted(line.principal, line.key)
            refusals.append(refusal)
        why = ", and ".join(filter(None, refusals))
        return Untrusted(f"the key {fingerprint_text(fingerprint)} does not count here: {why}")

    def key(self, fingerprint: bytes) -> PublicKey | None:
        """The key with this SHA-256 fingerprint, revoked or not; None when no line has it."""
        lines = self._lines.get(fingerprint)
        return lines[0].key if lines else None

    def keys_starting_with(self, prefix: bytes) -> tuple[PublicKey, ...]:
        """The keys whose fingerprint starts so: a log line shows 8 bytes of it before its body is read."""
        return tuple(found[0].key for print_, found in self._lines.items() if print_.startswith(prefix))

    @cached_property
    def digest(self) -> bytes:
        """SHA-256, 32 bytes, over all that can change an answer: equal digests, equal answers.

        Comments, blank lines, skipped lines and file names do not count.
        """
        fields = []
        for line in self.signers:
            limits = f"{line.valid_after_s or 0} {line.valid_before_s or 0}"
            any_namespace = "any" if line.namespaces is None else "only " + line.namespaces
            fields += [line.principals.encode(), line.key.blob, any_namespace.encode(), limits.encode()]
        parts = (fields, sorted(self.revoked.sha256), sorted(self.revoked.sha1))
        return hashlib.sha256(b"".join(string(b"".join(map(string, part))) for part in parts)).digest()

    @cached_property
    def _lines(self) -> dict[bytes, tuple[AllowedSigner, ...]]:
        index: dict[bytes, tuple[AllowedSigner, ...]] = {}
        for line in self.signers:
            index[line.key.fingerprint] = (*index.get(line.key.fingerprint, ()), line)
        return index
