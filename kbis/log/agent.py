"""A client for ssh-agent: which keys it holds, and a signature by one of them.

The protocol is draft-ietf-sshm-ssh-agent; the bounds are those of OpenSSH's authfd.c. An agent is
another program, perhaps on another machine: it may hang, trickle or answer junk.
"""

import socket
import time
from dataclasses import dataclass
from pathlib import Path

from kbis.errors import InfraError
from kbis.log.sshwire import Reader, WireError, string, uint32

LIST_TIMEOUT_S = 5.0
SIGN_TIMEOUT_S = 60.0  # 'ssh-add -c' has a person confirm every use
MAX_REPLY_BYTES = 256 * 1024
MAX_IDENTITIES = 2048

_FAILURE = 5
_REQUEST_IDENTITIES, _IDENTITIES_ANSWER = 11, 12
_SIGN_REQUEST, _SIGN_RESPONSE = 13, 14


@dataclass(frozen=True)
class Identity:
    """A key the agent holds: its public blob, of whatever type, and its comment."""

    blob: bytes
    comment: str


@dataclass(frozen=True)
class Agent:
    """An agent listening on a Unix socket. Each request makes its own connection.

    Attributes:
        path: The socket, what `SSH_AUTH_SOCK` names.
        list_timeout_s: The most a list of keys may take, connecting included.
        sign_timeout_s: The most a signature may take, connecting included.
    """

    path: Path
    list_timeout_s: float = LIST_TIMEOUT_S
    sign_timeout_s: float = SIGN_TIMEOUT_S

    def identities(self) -> tuple[Identity, ...]:
        """The keys the agent holds, in its order.

        Raises:
            InfraError: The agent cannot be reached, is too slow, or answers something else.
        """
        reply = self._ask(bytes([_REQUEST_IDENTITIES]), _IDENTITIES_ANSWER, self.list_timeout_s)
        try:
            count = reply.uint32()
            if count > MAX_IDENTITIES:
                raise WireError(f"it claims to hold {count} keys")
            found = tuple(
                Identity(reply.string(), reply.string().decode("utf-8", "replace")) for _ in range(count)
            )
            reply.end()
        except WireError as error:
            raise self._junk(str(error)) from error
        return found

    def sign(self, blob: bytes, data: bytes) -> bytes:
        """Have the key with the public `blob` sign `data`.

        Returns:
            The signature in SSH wire form: string type, string signature.

        Raises:
            InfraError: The agent cannot be reached, is too slow, refuses, or answers something else.
        """
        request = bytes([_SIGN_REQUEST]) + string(blob) + string(data) + uint32(0)
        reply = self._ask(request, _SIGN_RESPONSE, self.sign_timeout_s)
        try:
            signature = reply.string()
            reply.end()
        except WireError as error:
            raise self._junk(str(error)) from error
        return signature

    def _ask(self, request: bytes, expected: int, timeout_s: float) -> Reader:
        deadline = time.monotonic() + timeout_s
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(timeout_s)
                connection.connect(str(self.path))
                connection.settimeout(_left_s(deadline))
                connection.sendall(string(request))
                length = int.from_bytes(self._receive(connection, 4, deadline), "big")
                if not 1 <= length <= MAX_REPLY_BYTES:
                    raise self._junk(f"it announces a reply of {length} bytes")
                reply = Reader(self._receive(connection, length, deadline))
        except TimeoutError as error:
            raise InfraError(
                f"The ssh-agent at {self.path} did not answer within {timeout_s:g} s.",
                "Restart the agent, or unset SSH_AUTH_SOCK to do without it.",
            ) from error
        except OSError as error:
            raise InfraError(
                f"The ssh-agent at {self.path} cannot be reached: {error.strerror or error}.",
                "Start one with 'eval $(ssh-agent)', or unset SSH_AUTH_SOCK to do without it.",
            ) from error
        kind = reply.byte()
        if kind == _FAILURE:
            raise InfraError(
                f"The ssh-agent at {self.path} refused the request.",
                "It may be locked, or its user may have declined; 'ssh-add -L' shows the keys it holds.",
            )
        if kind != expected:
            raise self._junk(f"its reply is of type {kind}, not {expected}")
        return reply

    def _receive(self, connection: socket.socket, length: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < length:
            connection.settimeout(_left_s(deadline))
            piece = connection.recv(length - len(received))
            if not piece:
                raise self._junk("it hung up in mid-reply")
            received += piece
        return bytes(received)

    def _junk(self, why: str) -> InfraError:
        return InfraError(
            f"What listens at {self.path} does not speak as an ssh-agent: {why}.",
            "Restart the agent, or unset SSH_AUTH_SOCK to do without it.",
        )


def _left_s(deadline: float) -> float:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
