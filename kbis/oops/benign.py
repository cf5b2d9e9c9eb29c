"""Messages that begin as reports do and report nothing."""

import re

# kernel/locking/lockdep.c debug_show_all_locks(); kernel/rcu/tree_stall.h; arch/x86/kernel/nmi.c; fs/ext4/super.c.
_INFO = (
    r"INFO: (?:lockdep is turned off|Stall ended before state dump start|NMI handler |recovery required on )"
)

# fs/namespace.c; arch/x86/kernel/cpu/bugs.c; arch/x86/kernel/unwind_*.c, which doubt a stack while another report
# prints it; and programs that log to the console: what they warn of is a file.
_WARNING = (
    r"WARNING: (?:[Tt]he .{1,80} (?:is being|has been) deprecated|"
    r"See https?:|kernel not compiled with|Unprivileged eBPF|'bootconfig' found on|"
    r"can't (?:dereference|access) (?:iret )?registers at|stack (?:recursion|going in the wrong direction)|"
    r"missing \w{1,8} value at|unknown (?:SP base reg|BP base reg|\.orc_unwind entry type) |"
    r"/(?:etc|usr|var|lib|home|root|tmp|run|proc|sys|dev)/)"
)

# drivers/trusty: the driver announces whom it tells of a panic.
_OTHER = r"trusty: panic notifier"

_BENIGN = re.compile(rf"{_INFO}|{_WARNING}|{_OTHER}")


def is_benign(text: str) -> bool:
    """Tell whether a message, from its first word on, is one the kernel prints in good health."""
    return _BENIGN.match(text) is not None
