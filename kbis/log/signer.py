"""Signers: the private key of an event's author, in a file or in an ssh-agent."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kbis.errors import InfraError, UserError
from kbis.log.agent import Agent
from kbis.log.private_key import PrivateKeyFile, WrongPassphraseError
from kbis.log.pubkey import ED25519, PublicKey
from kbis.log.sshwire import Reader, WireError

PASSPHRASE_TRIES = 3  # as ssh: NumberOfPasswordPrompts in ssh_config(5)

AskPassphrase = Callable[[Path], str | None]
"""Asks a person for the passphrase of a key file; None when there is nobody to ask."""


class Signer(Protocol):
    """Signs on behalf of one key."""

    @property
    def public(self) -> PublicKey:
        """The key that the signatures verify under."""

    def sign(self, preimage: bytes) -> bytes:
        """The raw Ed25519 signature of `preimage`, 64 bytes.

        Raises:
            KbisError: The key cannot be used now: passphrase, agent or file.
        """


@dataclass(frozen=True)
class FileSigner:
    """Signs with a private key file; asks for its passphrase once, at the first signature.

    Attributes:
        file: The key file, read and not yet opened.
        ask: Asks for the passphrase, up to three times.
    """

    file: PrivateKeyFile
    ask: AskPassphrase

    @property
    def public(self) -> PublicKey:
        """The public half of the file."""
        return self.file.public

    def sign(self, preimage: bytes) -> bytes:
        """The raw signature, 64 bytes.

        Raises:
            UserError: No passphrase was given, or not the right one.
            IntegrityError: The file is damaged.
        """
        return self._secret.sign(preimage)

    @cached_property
    def _secret(self) -> Ed25519PrivateKey:
        if not self.file.encrypted:
            return self.file.unlock(None)
        for tries_left in reversed(range(PASSPHRASE_TRIES)):
            passphrase = self.ask(self.file.path)
            if passphrase is None:
                break
            try:
                return self.file.unlock(passphrase)
            except WrongPassphraseError:
                if not tries_left:
                    raise
        raise UserError(
            f"The key {self.file.path} needs its passphrase, and none was given.",
            f"Load it into an agent once with 'ssh-add {self.file.path}'.",
        )


@dataclass(frozen=True)
class AgentSigner:
    """Signs with a key that an ssh-agent holds.

    Attributes:
        agent: The agent.
        public: Which of its keys.
    """

    agent: Agent
    public: PublicKey

    def sign(self, preimage: bytes) -> bytes:
        """The raw signature, 64 bytes; checked before it is handed on.

        Raises:
            InfraError: The agent refused, did not answer, or its signature does not verify.
        """
        fields = Reader(self.agent.sign(self.public.blob, preimage))
        try:
            kind, signature = fields.string(), fields.string()
            fields.end()
        except WireError:
            kind, signature = b"", b""
        if kind != ED25519.encode() or not self.public.verify(preimage, signature):
            raise InfraError(
                f"The ssh-agent at {self.agent.path} gave a signature that {self.public.sha256_text} "
                "did not make.",
                "Restart the agent, load the key again with 'ssh-add', and try again.",
            )
        return signature
