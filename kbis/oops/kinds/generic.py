"""Messages that begin as reports do but that no other rule knows."""

import re

from kbis.oops.report import Report
from kbis.oops.rule import Read, Reading, on_stack, rule, whole

_KEY = "INFO: trying to register non-static key"


# What only a system that is up prints: the kernel's stamps, the test programs, their system calls.
_RUNNING = re.compile(
    rb"^(?:<\d>)?\[ {0,8}\d{1,8}\.\d{6}\]|executing program|^(?:r\d+ = )?[a-z][\w$]{1,60}\(.{0,300}\)\r?$",
    re.MULTILINE,
)


_STAMP = re.compile(rb"^(?:<\d>)?\[ {0,8}(\d{1,8})\.\d{6}\]", re.MULTILINE)
_EARLY_S = 10
"""A kernel that has just begun to boot stamps its lines with fewer seconds."""


def _reboot(report: Report, _: re.Match[str]) -> Reading | None:
    """Read the first words of a kernel, where another one ran before; a running one may quote them."""
    stamp = _STAMP.search(report.opening)
    if (stamp is None or int(stamp[1]) < _EARLY_S) and _RUNNING.search(report.before):
        return Reading("unexpected kernel reboot", needs_stack=False)
    return None


def _unknown(severity: str) -> Read:
    """Read a message that no rule knows, if the kernel's time stamp stands before it: programs print warnings too."""

    def read(report: Report, message: re.Match[str]) -> Reading | None:
        return Reading(f"{severity}: {message[1]}", needs_stack=False) if report.follows_stamp else None

    return read


RULES = (
    rule("arch/x86/boot", "Booting the kernel", r"(?: \(entry_offset: 0x[0-9a-f]{1,16}\))?\.?$", _reboot),
    rule("init/main.c", "Linux version ", r"\d", _reboot),
    rule("kernel/locking/lockdep.c", _KEY, "", on_stack(_KEY)),
    rule(
        "net/core/dev.c",
        "unregister_netdevice: waiting for ",
        r"\S{1,40} to become free",
        whole("unregister_netdevice: waiting for DEV to become free"),
    ),
    rule(
        "fs/open.c",
        "VFS: Close: file count is ",
        "",
        whole("VFS: Close: file count is zero (use-after-free)"),
    ),
    rule(
        "fs/super.c",
        "VFS: Busy inodes after unmount",
        "",
        whole("VFS: Busy inodes after unmount (use-after-free)"),
    ),
    rule("any", "BUG: ", r"(.{1,200})", _unknown("BUG")),
    rule("any", "WARNING: ", r"(.{1,200})", _unknown("WARNING")),
    rule("any", "INFO: ", r"(.{1,200})", _unknown("INFO")),
)
