"""Histories to search in: a range of a real commit graph, or a straight line."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from kbis.bisect.ancestry import Ancestry, ancestry
from kbis.bisect.graph import Graph, Range

STEP_S = 60
"""Graph files have no dates; the order of their lines stands in for them."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A range between a good and a bad end.

    Attributes:
        name: What tables call it.
        graph: The commits `bad` contains and `good` does not, as `kbis` loads them.
        good: The good end; it is not in the graph.
        bad: The bad end, the last candidate.
        candidates: The commits that may be the first bad one, parents before children.
        ancestry: Who descends from whom among them.
        position: Place of each candidate in the range.
    """

    name: str
    graph: Graph
    good: bytes
    bad: bytes
    candidates: Range
    ancestry: Ancestry
    position: dict[bytes, int]

    def __len__(self) -> int:
        return len(self.candidates)

    def descendants(self, culprit: int) -> bytearray:
        """Mark with 1 the candidate and every candidate that contains it."""
        marked = bytearray(len(self))
        marked[culprit] = 1
        parents = self.candidates.parents
        for t in range(culprit + 1, len(self)):
            for parent in parents[t]:
                if marked[parent]:
                    marked[t] = 1
                    break
        return marked


def linear(length: int) -> Ground:
    """A straight line of candidates."""
    return _ground(f"linear:{length}", [(), *((t,) for t in range(length))], 0, length)


def read(path: Path, ends: str | None = None) -> Ground:
    """Read a graph file: line N lists the parents of commit N as line numbers, oldest first; it may be gzipped.

    Args:
        path: The file. Tags are in `NAME.tags` beside `NAME.parents.gz`, as `LINE NAME`.
        ends: `GOOD..BAD`, each a tag or a line number; the last quarter of the lines, if not given.

    Raises:
        ValueError: the file is no graph, an end is no commit of it, or there is nothing between them.
    """
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    parents = [_parents(path.name, number, line) for number, line in enumerate(text.splitlines())]
    if not parents:
        raise ValueError(f"{path.name} has no commits")
    stem = path.name.removesuffix(".gz").removesuffix(".parents")
    if ends is None:
        good, bad = len(parents) * 3 // 4, len(parents) - 1
    else:
        names = ends.split("..")
        if len(names) != 2:
            raise ValueError(f"{ends!r} is no range: give GOOD..BAD")
        tags = _tags(path.with_name(f"{stem}.tags"))
        good, bad = (_line(name, tags, len(parents)) for name in names)
    return _ground(f"{stem}:{ends or f'{good}..{bad}'}", parents, good, bad)


def _parents(name: str, number: int, line: bytes) -> tuple[int, ...]:
    words = line.split()
    if not all(each.isdigit() and int(each) < number for each in words):
        raise ValueError(
            f"line {number} of {name} (the first is 0) must list numbers of lines before it, the parents: {line[:40]!r}"
        )
    return tuple(map(int, words))


def _tags(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    rows = (line.split(None, 1) for line in path.read_text().splitlines() if line.strip())
    return {name.strip(): int(line) for line, name in rows}


def _line(name: str, tags: dict[str, int], size: int) -> int:
    line = tags[name] if name in tags else int(name) if name.isdecimal() else -1
    if not 0 <= line < size:
        raise ValueError(f"the graph has no commit {name!r}")
    return line


def _ground(name: str, parents: Sequence[Sequence[int]], good: int, bad: int) -> Ground:
    left = _ancestors(parents, bad) - _ancestors(parents, good)
    if not left:
        raise ValueError(
            f"nothing is between the ends of {name}; give the good one first, and the bad one after it"
        )
    rows = ((oid(t), t * STEP_S, [oid(p) for p in parents[t]]) for t in sorted(left))
    graph = Graph.of(rows)
    candidates = graph.range(oid(bad), [])
    position = {each: t for t, each in enumerate(candidates.oids)}
    return Ground(name, graph, oid(good), oid(bad), candidates, ancestry(candidates), position)


def oid(line: int) -> bytes:
    """An object id for a line of a graph file."""
    return sha1(b"commit %d" % line, usedforsecurity=False).digest()


def _ancestors(parents: Sequence[Sequence[int]], start: int) -> set[int]:
    found = {start}
    pending = [start]
    while pending:
        for parent in parents[pending.pop()]:
            if parent not in found:
                found.add(parent)
                pending.append(parent)
    return found
