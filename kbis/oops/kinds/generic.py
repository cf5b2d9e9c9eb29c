"""Messages that begin as reports do but that no other rule knows."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, on_stack, rule, whole

_KEY = "INFO: trying to register non-static key"


def _unregister(_: Report, message: re.Match[str]) -> Reading:
    return Reading("unregister_netdevice: waiting for DEV to become free", needs_stack=False)


RULES = (
    rule("kernel/locking/lockdep.c", _KEY, "", on_stack(_KEY)),
    rule("net/core/dev.c", "unregister_netdevice: waiting for ", r"(\S{1,40}) to become free", _unregister),
    rule("fs/super.c", "VFS: Busy inodes after unmount", "", whole("VFS: Busy inodes after unmount (use-after-free)")),
    rule("any", "BUG: ", r"(.{1,200})", whole("BUG: {0}")),
    rule("any", "WARNING: ", r"(.{1,200})", whole("WARNING: {0}")),
    rule("any", "INFO: ", r"(.{1,200})", whole("INFO: {0}")),
)
