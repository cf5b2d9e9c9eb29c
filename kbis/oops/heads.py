"""Where in a console a report may begin: a scan that is fast on the lines that begin none."""

import re
from collections.abc import Iterator

from kbis.oops import lines
from kbis.oops.benign import is_benign
from kbis.oops.kinds import RULES
from kbis.oops.lines import Console
from kbis.oops.rule import Rule

_STARTS = sorted({rule.starts for rule in RULES}, key=len, reverse=True)

# A report begins at the start of a line or behind a stamp; old lockdep puts "[ " before it, Go programs their time,
# a journal its host.
_BEFORE = (
    rb"[ \t]{0,8}(?:\[ )?"
    rb"(?:<\d{1,3}>|\w{1,32} login: |\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |[A-Z][a-z]{2} [ \d]\d [\d:]{8} \S{1,64} kernel: )?"
)
_HEADS = b"(" + b"|".join(re.escape(start.encode()) for start in _STARTS) + b")"
_AT_START = re.compile(_BEFORE + _HEADS)
_ANYWHERE = re.compile(rb"[\n\]]" + _BEFORE + _HEADS)


def _rules(text: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if text.startswith(rule.starts))


def _candidates(console: Console) -> Iterator[int]:
    first = _AT_START.match(console)
    if first:
        yield first.start(1)
    for found in _ANYWHERE.finditer(console):
        yield found.start(1)


def find(console: Console) -> Iterator[tuple[int, tuple[Rule, ...]]]:
    """Yield where a report may begin, in order, with the rules that may read it."""
    for at in _candidates(console):
        text = console[at : at + lines.MAX_LINE_BYTES].split(b"\n", 1)[0].decode("latin-1")
        if not is_benign(text):
            yield at, _rules(text)
