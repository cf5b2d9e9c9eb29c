"""Memory that was handled wrongly, found by the allocators and by mm's own checks."""

from kbis.oops.rule import on_stack, rule, whole

RULES = (
    rule("mm/page_alloc.c", "BUG: Bad page state", "", on_stack("BUG: Bad page state")),
    rule("mm/memory.c", "BUG: Bad page map", "", on_stack("BUG: Bad page map")),
    rule("mm/memory.c", "BUG: Bad page cache", "", on_stack("BUG: Bad page cache")),
    rule("kernel/fork.c", "BUG: Bad rss-counter state", "", whole("BUG: Bad rss-counter state")),
    rule("kernel/fork.c", "BUG: non-zero ", r"(\w{1,40}) on freeing mm", whole("BUG: non-zero {0} on freeing mm")),
)
