"""Memory that was handled wrongly, found by the allocators and by mm's own checks."""

import re

from kbis.oops import guilt, stack
from kbis.oops.guilt import Guilt
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.rule import Reading, on_stack, rule, whole

_OWNER = re.compile(r"page last allocated via ")
_END_OF_OWNER = re.compile(r"page last free|page_owner free|Modules linked in|CPU: ")


_POOL = guilt.matcher(r"__page_pool_\w+ page_pool_\w+")


def _owner(report: Report) -> Guilt:
    """Who allocated the page (mm/page_owner.c): whoever frees it last is seldom who damaged it."""
    names: list[str] = []
    inside = False
    for line in report.lines:
        if _OWNER.match(line.text):
            inside = True
        elif inside and _END_OF_OWNER.match(line.text):
            break
        elif inside and (name := stack.reliable(line.text)):
            names.append(plain(name))
    return guilt.innermost(names, _POOL)


def _page_state(report: Report, _: re.Match[str]) -> Reading:
    owner = _owner(report)
    return Reading("BUG: Bad page state", owner if owner.frame else guilt.innermost(guilt.walk(report)))


RULES = (
    rule("mm/page_alloc.c", "BUG: Bad page state", "", _page_state),
    rule("mm/memory.c", "BUG: Bad page map", "", whole("BUG: Bad page map", needs_stack=True)),
    rule("mm/memory.c", "BUG: Bad page cache", "", on_stack("BUG: Bad page cache")),
    rule("kernel/fork.c", "BUG: Bad rss-counter state", "", whole("BUG: Bad rss-counter state")),
    rule(
        "kernel/fork.c",
        "BUG: non-zero ",
        r"(\w{1,40}) on freeing mm",
        whole("BUG: non-zero {0} on freeing mm"),
    ),
)
