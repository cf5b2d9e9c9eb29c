import json

import pytest

from kbis.kernel.ending import Ending, Stopped, ending, errors
from kbis.kernel.qmp import EVENTS_KEPT, Monitor

GREETING: dict[str, object] = {"QMP": {"version": {}, "capabilities": []}}
PANICKED: dict[str, object] = {"event": "GUEST_PANICKED", "data": {"action": "run"}}


def shutdown(reason: str) -> dict[str, object]:
    return {"event": "SHUTDOWN", "data": {"guest": True, "reason": reason}}


@pytest.fixture
def monitor() -> Monitor:
    made = Monitor()
    made.close()
    return made


def feed(monitor: Monitor, *messages: object) -> None:
    for message in messages:
        monitor.feed(json.dumps(message).encode() + b"\r\n")


@pytest.mark.parametrize(
    ("status", "messages", "complaints", "stopped", "expected"),
    [
        (65, [GREETING], b"", None, "debug-exit"),
        (1, [GREETING], b"", None, "debug-exit"),
        (1, [GREETING], b"qemu: warning: no such feature\n", None, "debug-exit"),
        (1, [GREETING], b"qemu: something broke\n", None, "qemu-failed"),
        (1, [], b"qemu: no such option\n", None, "qemu-failed"),
        (1, [GREETING], b"qemu: Error loading uncompressed kernel without PVH ELF Note\n", None, "refused"),
        (0, [GREETING, PANICKED, shutdown("guest-reset")], b"", None, "panic"),
        (0, [GREETING, shutdown("guest-reset")], b"", None, "reset"),
        (0, [GREETING, shutdown("guest-shutdown")], b"", None, "power-off"),
        (0, [GREETING, shutdown("guest-panic")], b"", None, "panic"),
        (0, [GREETING, shutdown("host-signal")], b"", None, "killed"),
        (-9, [GREETING], b"", None, "killed"),
        (-6, [GREETING], b"assertion failed\n", None, "qemu-failed"),
        (-11, [GREETING, PANICKED], b"", None, "qemu-failed"),
        (-9, [], b"", None, "qemu-failed"),
        (0, [GREETING], b"", None, "qemu-failed"),
        (0, [GREETING, shutdown("host-qmp-quit")], b"", "time-limit", "time-limit"),
        (-9, [GREETING], b"", "done", "done"),
    ],
)
def test_an_ending_is_told_from_all_that_qemu_said(
    monitor: Monitor,
    status: int,
    messages: list[object],
    complaints: bytes,
    stopped: Stopped | None,
    expected: Ending,
) -> None:
    feed(monitor, *messages)
    assert ending(status, monitor, complaints, stopped) == expected


def test_warnings_are_no_errors() -> None:
    said = b"qemu-system-x86_64: warning: host doesn't support x\nqemu-system-x86_64: -M y: unsupported\n"
    assert errors(said) == "qemu-system-x86_64: -M y: unsupported"


def test_messages_in_pieces_and_noise_between_them_are_read(monitor: Monitor) -> None:
    for byte in json.dumps(GREETING).encode() + b"\r\n{broken\n[1]\n7\n":
        monitor.feed(bytes([byte]))
    assert monitor.greeted
    feed(monitor, {"event": 5}, {"event": "X", "data": 3}, {"return": {}}, PANICKED)
    assert [event.name for event in monitor.events] == ["GUEST_PANICKED"]


def test_the_last_event_is_kept_of_a_flood(monitor: Monitor) -> None:
    feed(monitor, *[PANICKED] * 1000, shutdown("guest-reset"))
    assert len(monitor.events) == EVENTS_KEPT
    assert monitor.has("GUEST_PANICKED")
    assert monitor.reason() == "guest-reset"
