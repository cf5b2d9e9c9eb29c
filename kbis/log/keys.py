"""Which key signs this user's events: the one git signs with, kbis' own, or the only one at hand."""

from dataclasses import dataclass
from pathlib import Path

from kbis.errors import InfraError, KbisError, UserError
from kbis.log.agent import Agent
from kbis.log.private_key import read_private_key
from kbis.log.pubkey import PublicKey
from kbis.log.signer import AgentSigner, AskPassphrase, FileSigner, Signer
from kbis.log.signing_key import SigningKey, read_signing_key


@dataclass(frozen=True)
class KeySettings:
    """Where keys may be; read by `kbis.config` and by nothing else.

    Attributes:
        signing_key: git's `user.signingKey`, as written; None when unset.
        agent_socket: What `SSH_AUTH_SOCK` names; None when unset.
        own_key: The private key that `kbis key` makes, whether it exists or not.
        home: What `~/` means.
    """

    signing_key: str | None
    agent_socket: Path | None
    own_key: Path
    home: Path


@dataclass(frozen=True)
class FoundSigner:
    """The signer, and how the choice fell on it.

    Attributes:
        signer: Signs with the key.
        origin: Where the key is from, a noun phrase.
        passed_over: Why keys that come first were not used, each one or two sentences.
    """

    signer: Signer
    origin: str
    passed_over: tuple[str, ...]


def find_signer(settings: KeySettings, ask: AskPassphrase) -> FoundSigner:
    """Choose the key: git's `user.signingKey`, else kbis' own, else the agent's only Ed25519 key.

    An agent that holds the wanted key comes before its file, as in ssh-keygen: it needs no
    passphrase. When `user.signingKey` names an Ed25519 key whose private half is missing, no other
    key of the agent stands in for it: the user has said who they are.

    Args:
        settings: Where to look.
        ask: Asks for the passphrase of a key file, when it is first used.

    Raises:
        UserError: There is no key to sign with; the message names every place looked at.
            Or kbis' own key cannot be read.
    """
    passed_over: list[str] = []
    wanted: PublicKey | None = None
    if settings.signing_key:
        try:
            named = read_signing_key(settings.signing_key, settings.home)
            wanted = named.public
            signer = _signer_of(named, settings.agent_socket, ask)
            return FoundSigner(signer, "the signing key of git's configuration", ())
        except KbisError as error:
            passed_over.append(f"git's user.signingKey cannot sign for kbis. {error}")
    if _is_there(settings.own_key):
        own = read_private_key(settings.own_key)
        return FoundSigner(FileSigner(own, ask), f"kbis' own key {settings.own_key}", tuple(passed_over))
    if settings.agent_socket and wanted is None:
        try:
            agent = Agent(settings.agent_socket)
            held = ed25519_keys(agent)
            if len(held) == 1:
                found = AgentSigner(agent, held[0])
                return FoundSigner(found, "the only Ed25519 key of the ssh-agent", tuple(passed_over))
            passed_over.append(f"The ssh-agent holds {len(held)} Ed25519 keys, not exactly one.")
        except InfraError as error:
            passed_over.append(str(error))
    raise UserError(
        " ".join(["There is no Ed25519 key to sign events with.", *passed_over]),
        "Run 'kbis key' to make one, or set user.signingKey to an Ed25519 key.",
    )


def ed25519_keys(agent: Agent) -> tuple[PublicKey, ...]:
    """The plain Ed25519 keys an agent holds; keys of other types and certificates are left out.

    Raises:
        InfraError: The agent does not work.
    """
    found = []
    for identity in agent.identities():
        try:
            found.append(PublicKey(identity.blob, identity.comment))
        except UserError:
            continue
    return tuple(found)


def _signer_of(named: SigningKey, socket: Path | None, ask: AskPassphrase) -> Signer:
    trouble = "No ssh-agent is there that could hold its private half."
    if socket:
        agent = Agent(socket)
        try:
            if named.public in ed25519_keys(agent):
                return AgentSigner(agent, named.public)
            trouble = "The ssh-agent does not hold its private half."
        except InfraError as error:
            trouble = str(error)
    if named.file is None:
        raise UserError(f"It names the key {named.public.sha256_text}. {trouble}", "Load it with 'ssh-add'.")
    private = read_private_key(named.file)
    if private.public != named.public:
        raise UserError(
            f"The file {named.file} holds another key than the .pub file beside it.",
            f"Write the public half again: 'ssh-keygen -y -f {named.file} > {named.file}.pub'.",
        )
    return FileSigner(private, ask)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # reading it then says what is wrong
