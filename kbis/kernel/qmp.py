"""Speak with a running QEMU: the QEMU Machine Protocol, as much of it as watching one boot needs.

https://www.qemu.org/docs/master/interop/qmp-spec.html: one JSON object a line; a greeting first, then replies and
events. Events come only after the capabilities have been negotiated.
"""

import contextlib
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EVENTS_KEPT = 64
"""Events kept of one boot; a guest can raise them without end."""

_LINE_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One event of QEMU, such as GUEST_PANICKED or SHUTDOWN, with its data."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)


class Monitor:
    """Our end of a QMP connection; the other end is inherited by QEMU."""

    def __init__(self) -> None:
        self.socket, self.theirs = socket.socketpair()
        self.events: list[Event] = []
        self.greeted = False
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """Take what came from QEMU."""
        self._rest += piece
        *lines, self._rest = self._rest.split(b"\n")
        self._rest = self._rest[-_LINE_LIMIT:]
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError):
                self._message(json.loads(line))

    def send(self, command: str, arguments: Mapping[str, object] | None = None) -> None:
        """Send a command; a QEMU that is gone does not hear it."""
        message = {"execute": command} | ({"arguments": dict(arguments)} if arguments else {})
        with contextlib.suppress(OSError):
            self.socket.send(json.dumps(message).encode() + b"\n")

    def has(self, name: str) -> bool:
        """Say whether an event of that name has come."""
        return any(event.name == name for event in self.events)

    def reason(self) -> str | None:
        """Why the guest was shut down, as QEMU says (`ShutdownCause`); None while it was not."""
        shutdowns = [event for event in self.events if event.name == "SHUTDOWN"]
        return str(shutdowns[-1].data.get("reason")) if shutdowns else None

    def close(self) -> None:
        """Let go of both ends."""
        self.socket.close()
        self.theirs.close()

    def _message(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        if "QMP" in message:
            self.greeted = True
        name, data = message.get("event"), message.get("data", {})
        if isinstance(name, str) and isinstance(data, dict):
            # One place is left for the SHUTDOWN that comes last.
            if len(self.events) >= EVENTS_KEPT:
                self.events.pop()
            self.events.append(Event(name, data))
