"""Comparing crashes: is this the one we hunt?

Titles change while the bug stays: a file moves, and `kernel BUG at arch/x86/kvm/mmu/mmu.c:LINE!` was
`kernel BUG at arch/x86/kvm/mmu.c:LINE!` before. So a path in a title counts by its last part only.
"""

import re

from kbis.log.kinds import Boot, Target

HANG_TYPE = "HANG"

_PATH = re.compile(r"(?:[\w.+-]+/)+([\w.+-]+)")
_LINE = re.compile(r"(\.[chS]):\d+\b")


def is_target(boot: Boot, target: Target) -> bool:
    """Tell whether a boot showed the target: a crash of the same title, paths and line numbers aside.

    Where a guest hangs differs from boot to boot, so one hang is as good as another.
    """
    if boot.outcome == "hang":
        return target.type == HANG_TYPE
    return boot.outcome == "crash" and boot.title is not None and same_title(boot.title, target.title)


def same_title(one: str, other: str) -> bool:
    """Tell whether two titles name one crash."""
    return _essence(one) == _essence(other)


def _essence(title: str) -> str:
    return _LINE.sub(r"\1:LINE", _PATH.sub(r"\1", title))
