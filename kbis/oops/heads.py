"""Where in a console a report may begin: a scan that is fast on the lines that begin none."""

import re
from collections.abc import Iterator, Sequence

from kbis.oops import lines
from kbis.oops.benign import is_benign
from kbis.oops.kinds import RULES
from kbis.oops.lines import Console
from kbis.oops.rule import Rule

STARTS = sorted({rule.starts for rule in RULES}, key=len, reverse=True)
"""What reports start with, the longest first."""

# A report begins at the start of a line or behind a stamp; old lockdep puts "[ " before it, Go programs their time,
# a journal its host.
_BEFORE = (
    rb"[ \t]{0,8}"
    rb"(?:<\d{1,3}>|\w{1,32} login: |\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |" + lines.JOURNAL + rb")?"
    rb"(?:\[ )?"
)


def _trie(words: Sequence[bytes]) -> bytes:
    """Write an expression for a set of words that looks at each byte of the text once; the longest word wins."""
    tails: dict[bytes, list[bytes]] = {}
    for word in words:
        if word:
            tails.setdefault(word[:1], []).append(word[1:])
    branches = [re.escape(first) + _trie(rest) for first, rest in tails.items()]
    if not branches:
        return b""
    whole = branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"
    return b"(?:" + whole + b")?" if b"" in words else whole


_HEADS = b"(" + _trie([start.encode() for start in STARTS]) + b")"
_AT_START = re.compile(_BEFORE + _HEADS)
_ANYWHERE = re.compile(rb"[\n\]]" + _BEFORE + _HEADS)


_RULES = {start.encode(): tuple(rule for rule in RULES if start.startswith(rule.starts)) for start in STARTS}


def _candidates(console: Console) -> Iterator[re.Match[bytes]]:
    first = _AT_START.match(console)
    if first:
        yield first
    yield from _ANYWHERE.finditer(console)


def find(console: Console) -> Iterator[tuple[int, tuple[Rule, ...]]]:
    """Yield where a report may begin, in order, with the rules that may read it."""
    for found in _candidates(console):
        at = found.start(1)
        text = console[at : at + lines.MAX_LINE_BYTES].split(b"\n", 1)[0].decode("latin-1")
        if not is_benign(text):
            yield at, _RULES[found[1]]
