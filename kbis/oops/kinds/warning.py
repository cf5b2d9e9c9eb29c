"""WARN(): the kernel's milder assertions (kernel/panic.c, __warn())."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Read, Reading, on_stack, rule, whole
from kbis.oops.skips import COUNT_WRAPPERS, LOCK_WRAPPERS

_PANIC_C = "kernel/panic.c"

_TIMERS = r"\w*timer\w* \w*rcu\w* __run_\w+ call_timer_fn \w*_work_\w*"


# What a driver calls to send and wait (drivers/usb/core/message.c).
_USB_CORE = guilt.matcher(r"usb_submit_urb usb_start_wait_urb usb_\w+_msg")


def _usb(report: Report, _: re.Match[str]) -> Reading:
    found = guilt.innermost(guilt.walk(report), _USB_CORE)
    return Reading("WARNING", found, behind="/usb_submit_urb")


# Source file (and function) in which the assertion stands, and how it is read: subsystems whose assertions are always
# about what their caller did.
_PLACES: tuple[tuple[str, Read], ...] = (
    (
        r"kernel/locking/lockdep\.c:\d{1,6} (?:at )?(?!print_bfs_bug|zap_class|lockdep_(?:un)?register_key)",
        on_stack("WARNING: locking bug", skip=LOCK_WRAPPERS),
    ),
    (r"lib/kobject\.c", on_stack("WARNING: kobject bug", skip=COUNT_WRAPPERS)),
    (
        r"fs/proc/generic\.c:\d{1,6} (?:at )?proc_register",
        on_stack("WARNING: proc registration bug", skip=r"proc_\w+ __proc_\w+"),
    ),
    (r"lib/debugobjects\.c", on_stack("WARNING: ODEBUG bug", skip=_TIMERS)),
    (r"lib/refcount\.c", on_stack("WARNING: refcount bug", skip=COUNT_WRAPPERS)),
    (
        r"mm/(?:slab_common|slub|slab|util)\.c:\d{1,6} (?:at )?(?:kmalloc_slab|__kvmalloc_node\w*|kvmalloc_node\w*)\b",
        on_stack("WARNING: kmalloc bug"),
    ),
    (r"mm/vmalloc\.c:\d{1,6} (?:at )?__vmalloc\w*", on_stack("WARNING: zero-size vmalloc")),
)

_OLD = r"CPU: \d{1,4} PID: \d{1,10} at (?:\S{0,80}/)?"
_CONDITION = r"(?:\[.{1,300}\] )?"
_NEW = _CONDITION + r"(?:\S{0,80}/)?"

RULES = (
    rule(_PANIC_C, "WARNING: ", _OLD + r"drivers/usb/core/urb\.c:\d{1,6} usb_submit_urb", _usb),
    *(rule(_PANIC_C, "WARNING: ", _OLD + place, read) for place, read in _PLACES),
    *(rule(_PANIC_C, "WARNING: ", _NEW + place, read) for place, read in _PLACES),
    rule(_PANIC_C, "WARNING: ", r"CPU: \d{1,4} PID: \d{1,10} at ", on_stack("WARNING")),
    rule(
        _PANIC_C,
        "WARNING: ",
        _CONDITION + r"\S{1,200}:\d{1,6} at .{1,200} CPU#\d{1,4}: ",
        on_stack("WARNING"),
    ),
    rule(_PANIC_C, "WARNING: at ", r"\S{1,200}:\d{1,6} ", on_stack("WARNING")),
    rule(
        "arch/x86/kernel/unwind_frame.c",
        "WARNING: kernel stack regs at",
        "",
        whole("WARNING: kernel stack regs has bad value"),
    ),
    rule(
        "arch/x86/kernel/unwind_frame.c",
        "WARNING: kernel stack frame pointer at",
        "",
        whole("WARNING: kernel stack regs has bad value"),
    ),
)
