"""Messages that begin as reports do and report nothing."""

import re

_BENIGN = re.compile(
    r"INFO: (?:lockdep is turned off|Stall ended before state dump|NMI handler |recovery required|task \S{1,40} blocked on)|"
    r"WARNING: (?:The mand mount option|See https?:|kernel not compiled|Unprivileged eBPF)"
)


def is_benign(text: str) -> bool:
    """Tell whether a message, from its first word on, is one the kernel prints in good health."""
    return _BENIGN.match(text) is not None
