"""BUG(): the kernel's own assertions, and messages that begin with "BUG:" (include/asm-generic/bug.h and others)."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, on_stack, rule, whole

_SPIN = (
    r"(bad magic|recursion|lockup suspected|lockup|wrong owner|wrong CPU|already unlocked|cpu recursion|"
    r"trylock failure on UP)"
)
_LAST = re.compile(r"last function: (\w{1,200})", re.ASCII)


def _leaked(report: Report, _: re.Match[str]) -> Reading:
    last = report.first(_LAST, within=6)
    return Reading("BUG: workqueue leaked lock or atomic", guilt.named(last[1] if last else "", report))


def _dentry(_: Report, message: re.Match[str]) -> Reading:
    return Reading(
        "BUG: Dentry still in use in unmount",
        also=(f"BUG: Dentry still in use {message[1]}",),
        needs_stack=False,
    )


RULES = (
    rule("mm/usercopy.c", "kernel BUG at mm/usercopy.c", "", on_stack("BUG: bad usercopy")),
    rule(
        "lib/list_debug.c",
        "kernel BUG at lib/list_debug.c",
        "",
        on_stack("BUG: corrupted list", "bad-access"),
    ),
    rule("lib/bug.c", "kernel BUG at ", "", on_stack("kernel BUG")),
    rule(
        "kernel/locking/spinlock_debug.c",
        "BUG: ",
        rf"(spinlock|rwlock|rt_mutex) {_SPIN}",
        on_stack("BUG: {0} {1}", skip=r"\w*rq_lock\w*"),
    ),
    rule("kernel/workqueue.c", "BUG: workqueue leaked lock", "", _leaked),
    rule(
        "fs/dcache.c",
        "BUG: Dentry ",
        r".{1,200}?still in use \(-?\d{1,10}\) ?(\[unmount of .{1,80}\])",
        _dentry,
    ),
    rule("kernel/locking/lockdep.c", "BUG: ", r"(MAX_\w{1,40} too low!)", whole("BUG: {0}")),
)
