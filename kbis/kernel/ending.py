"""How a boot ended, told from what QEMU said.

The exit status alone says nearly nothing: a panic, a triple fault and a reboot all give 0.
"""

import re
import signal
from typing import Literal

from kbis.kernel.qmp import Monitor

Ending = Literal[
    "debug-exit", "done", "panic", "power-off", "reset", "time-limit", "refused", "killed", "qemu-failed"
]
"""The guest wrote to isa-debug-exit; it printed the end marker and was stopped; it told of a panic; it switched the
machine off; it reset the machine, on purpose or by a triple fault; it ran into the time limit; QEMU could not load
the image as a kernel; somebody else killed QEMU; QEMU itself failed."""

Stopped = Literal["done", "panic", "time-limit"]
"""Why kbis ended a boot that did not end by itself."""

# hw/i386/x86.c, hw/i386/multiboot.c, hw/core/loader.c: what QEMU says of a file that is no kernel it can start.
_REFUSED = re.compile(
    rb"Error loading uncompressed kernel|invalid kernel header|invalid kernel_file_size|could not load kernel"
    rb"|Error while (?:loading|fetching) elf kernel|Cannot load x86-64 image|(?:kernel|initrd) is too (?:large|big)"
    rb"|kernel too old|ROM regions are overlapping|requested regions overlap|[Ii]nvalid multiboot|multiboot header"
)
_OTHERS_DOING = frozenset({"host-signal", "host-qmp-quit", "host-ui"})
_KILLED = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})


def ending(status: int, monitor: Monitor, complaints: bytes, stopped: Stopped | None) -> Ending:
    """Say how a boot ended.

    Args:
        status: QEMU's exit status; negative for a signal.
        monitor: What QEMU said on QMP.
        complaints: What QEMU wrote on standard error.
        stopped: Why kbis stopped it, if it did.
    """
    reason = monitor.reason()
    if stopped is not None:
        return stopped
    if status == 1 and reason is None and _REFUSED.search(complaints):
        return "refused"
    if not monitor.greeted:
        return "qemu-failed"
    if status in _KILLED or reason in _OTHERS_DOING:
        return "killed"
    if status < 0:
        return "qemu-failed"
    if monitor.has("GUEST_PANICKED") or reason == "guest-panic":
        return "panic"
    if reason == "guest-shutdown":
        return "power-off"
    if reason is not None:
        return "reset"
    # QEMU's own errors end with 1 as well, but never without a word.
    if status % 2 == 1 and (status != 1 or not errors(complaints)):
        return "debug-exit"
    return "qemu-failed"


def errors(complaints: bytes) -> str:
    """What QEMU complained of, warnings left out, as one line."""
    lines = complaints.decode("utf-8", "replace").splitlines()
    return "; ".join(line.strip() for line in lines if line.strip() and " warning: " not in line)[:400]
