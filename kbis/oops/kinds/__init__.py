"""The kinds of reports, one family a file."""

from kbis.oops.kinds import (
    arm,
    atomic,
    bug,
    fault,
    generic,
    hung,
    kasan,
    kcsan,
    kfence,
    kmsan,
    leak,
    lockdep,
    lockup,
    memory,
    panic,
    rcu,
    trap,
    ubsan,
    userland,
    warning,
)
from kbis.oops.rule import Rule

RULES: tuple[Rule, ...] = (
    *kasan.RULES,
    *kmsan.RULES,
    *kcsan.RULES,
    *kfence.RULES,
    *ubsan.RULES,
    *lockdep.RULES,
    *rcu.RULES,
    *lockup.RULES,
    *hung.RULES,
    *atomic.RULES,
    *fault.RULES,
    *trap.RULES,
    *arm.RULES,
    *memory.RULES,
    *leak.RULES,
    *bug.RULES,
    *warning.RULES,
    *panic.RULES,
    *userland.RULES,
    *generic.RULES,
)
"""All rules; of those that start alike the first that fits is taken."""
