"""Signing through ssh-agent: the real one, and sockets that hang, refuse or answer junk."""

import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.log.agent import MAX_REPLY_BYTES, Agent
from kbis.log.keys import ed25519_keys
from kbis.log.new_key import make_key
from kbis.log.private_key import read_private_key
from kbis.log.pubkey import PublicKey
from kbis.log.signer import AgentSigner, FileSigner
from kbis.log.sshsig import preimage
from kbis.log.sshwire import string, uint32

SHORT_S = 0.2


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory with a short name: the path of a Unix socket has at most 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="kbis-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def agent(place: Path) -> Iterator[Agent]:
    path = place / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # printed once it listens
    yield Agent(path)
    process.terminate()
    process.wait()
    process.stdout.close()


def ssh_add(agent: Agent, *args: str | Path) -> None:
    environment = {"SSH_AUTH_SOCK": str(agent.path), "PATH": "/usr/bin:/bin"}
    subprocess.run(["ssh-add", *map(str, args)], env=environment, check=True, capture_output=True)


@contextmanager
def listening(path: Path, answer: Callable[[socket.socket], None]) -> Iterator[Agent]:
    """A Unix socket that treats each of its connections as `answer` does."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        stopped = threading.Event()

        def serve() -> None:
            while True:
                connection, _ = server.accept()
                with connection:
                    if stopped.is_set():
                        return
                    try:
                        connection.recv(65536)
                        answer(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Agent(path, SHORT_S, SHORT_S)
        finally:
            stopped.set()
            with socket.socket(socket.AF_UNIX) as last:
                last.connect(str(path))
            thread.join()


def test_agent_and_file_sign_with_the_same_bytes(agent: Agent, place: Path) -> None:
    public = make_key(place / "k", "ann")
    ssh_add(agent, place / "k")
    [held] = ed25519_keys(agent)
    assert held == public
    message = preimage(b"a message " * 1000)
    from_file = FileSigner(read_private_key(place / "k"), lambda _: None).sign(message)
    assert AgentSigner(agent, held).sign(message) == from_file


def test_keys_of_other_types_are_listed_but_not_offered(agent: Agent, place: Path) -> None:
    for kind in ("rsa", "ecdsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", place / kind], check=True)
        ssh_add(agent, place / kind)
    public = make_key(place / "k", "ann")
    ssh_add(agent, place / "k")
    assert len(agent.identities()) == 3
    assert ed25519_keys(agent) == (public,)


def test_an_empty_agent_holds_no_keys(agent: Agent) -> None:
    assert agent.identities() == ()


def test_a_key_the_agent_does_not_hold_is_refused(agent: Agent, place: Path) -> None:
    with pytest.raises(InfraError, match="refused"):
        AgentSigner(agent, make_key(place / "k", "ann")).sign(b"m")


def test_no_agent_at_the_socket_is_said(place: Path) -> None:
    with pytest.raises(InfraError, match="cannot be reached: No such file"):
        Agent(place / "nothing").identities()


def test_a_socket_path_that_is_too_long_is_said() -> None:
    with pytest.raises(InfraError, match="cannot be reached"):
        Agent(Path("/" + "x" * 200)).identities()


def test_an_agent_that_hangs_is_left_after_the_time_limit(place: Path) -> None:
    def hang(connection: socket.socket) -> None:
        connection.recv(1)

    with listening(place / "s", hang) as agent, pytest.raises(InfraError, match="did not answer within"):
        agent.identities()


def test_an_agent_that_trickles_cannot_stretch_the_time_limit(place: Path) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(uint32(MAX_REPLY_BYTES))
        while True:
            connection.sendall(b"\x0c")
            threading.Event().wait(SHORT_S / 10)

    with listening(place / "s", trickle) as agent, pytest.raises(InfraError, match="did not answer within"):
        agent.identities()


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\0\0",
        uint32(0),
        uint32(0xFFFFFFFF),
        uint32(MAX_REPLY_BYTES + 1),
        uint32(10) + b"\x0c",
        string(b"\x0c"),
        string(b"\x0c" + uint32(1)),
        string(b"\x0c" + uint32(0xFFFFFFFF)),
        string(b"\x0c" + uint32(1) + uint32(0xFFFFFFFF)),
        string(b"\x0c" + uint32(0) + b"more"),
        string(b"\x0e" + string(b"")),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)
def test_an_agent_that_answers_junk_is_named(place: Path, reply: bytes) -> None:
    with (
        listening(place / "s", lambda connection: connection.sendall(reply)) as agent,
        pytest.raises(InfraError, match="does not speak as an ssh-agent"),
    ):
        agent.identities()


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        string(b"ssh-ed25519"),
        string(b"ssh-ed25519") + string(bytes(64)),
        string(b"ssh-ed25519") + string(bytes(63)),
        string(b"ssh-rsa") + string(bytes(64)),
    ],
)
def test_a_signature_that_does_not_verify_is_not_handed_on(place: Path, signature: bytes) -> None:
    public: PublicKey = make_key(place / "k", "ann")
    reply = string(b"\x0e" + string(signature))
    with (
        listening(place / "s", lambda connection: connection.sendall(reply)) as agent,
        pytest.raises(InfraError, match="did not make"),
    ):
        AgentSigner(agent, public).sign(b"m")


@pytest.mark.parametrize(("kind", "signed"), [(b"ssh-ed25519", b"other"), (b"ssh-rsa", b"m")])
def test_a_true_signature_of_other_bytes_or_kind_is_not_handed_on(
    place: Path, kind: bytes, signed: bytes
) -> None:
    public = make_key(place / "k", "ann")
    signature = FileSigner(read_private_key(place / "k"), lambda _: None).sign(signed)
    reply = string(b"\x0e" + string(string(kind) + string(signature)))
    with (
        listening(place / "s", lambda connection: connection.sendall(reply)) as agent,
        pytest.raises(InfraError, match="did not make"),
    ):
        AgentSigner(agent, public).sign(b"m")
