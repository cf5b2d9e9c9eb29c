"""The source file in which a report says it was made: that of an assertion."""

import re

from kbis.oops.crash import Crash

_HEAD_BYTES = 1024
"""How much of a report its head may take: a stamp, a line of dashes, the message itself."""

_ASSERTION = re.compile(
    rb"kernel BUG at (?P<bug>[\w./+-]{1,200}\.[chS]):\d{1,7}"
    rb"|WARNING: (?:CPU: \d{1,4} PID: \d{1,10} )?(?:\[.{1,300}?\] )?(?:at )?(?P<warning>[\w./+-]{1,200}\.[chS]):\d{1,7}"
)
"""lib/bug.c prints the one, __warn() of kernel/panic.c the other."""


def file_of(crash: Crash) -> str | None:
    """Return the source file of the assertion that a report is about; None where it is about something else."""
    found = _ASSERTION.search(crash.report[:_HEAD_BYTES])
    if found is None:
        return None
    return (found["bug"] or found["warning"]).decode().removeprefix("./")
