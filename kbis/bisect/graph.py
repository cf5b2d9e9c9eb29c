"""The commits a bisection may test, and which of them are still candidates.

A `Graph` is loaded once; every later question (what is left between these ends?) is answered
from it as a `Range`, in the order a fresh walk of git would give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Self


@dataclass(frozen=True, slots=True)
class Range:
    """The commits that may be the first bad one, oldest first in git's list order.

    The order is the one `git bisect` scans (bisect.c, `find_bisection`): the reversed output of
    `git rev-list BAD --not GOOD...`. Where clocks were wrong a child may stand before its parent.

    Attributes:
        bad: The bad end. It is the last candidate, unless it is an ancestor of a good end: then
            there is none.
        oids: The candidates' object ids, 20 bytes each.
        parents: For each candidate its parents inside the range, as positions in `oids`, in the
            commit's own order, repeated where the commit repeats them.
    """

    bad: bytes
    oids: tuple[bytes, ...]
    parents: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.oids)


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A set of commits with their dates and their parents inside the set.

    Build it with `Graph.of`. Parents that are not in the set are kept by name only: the set is taken to be
    closed in the sense that no path between two of its commits leaves it, as holds for the output
    of `git rev-list BAD --not GOOD...`.

    Attributes:
        oids: The commits' object ids, 20 bytes each.
        dates: Their committer dates, in seconds since 1970.
        parents: Their parents, as positions in `oids`.
    """

    oids: tuple[bytes, ...]
    dates: tuple[int, ...]
    parents: tuple[tuple[int, ...], ...]
    _position: dict[bytes, int] = field(repr=False)
    _all_parents: dict[bytes, tuple[bytes, ...]] = field(repr=False, default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[bytes, int, Sequence[bytes]]]) -> Self:
        """Build a graph from commits in any order.

        Args:
            rows: For each commit its object id, its committer date in seconds, and the object ids
                of its parents in the commit's order.

        Raises:
            ValueError: The same commit was given twice.
        """
        oids: list[bytes] = []
        dates: list[int] = []
        parent_oids: list[Sequence[bytes]] = []
        for oid, date, parents in rows:
            oids.append(oid)
            dates.append(date)
            parent_oids.append(parents)
        position = {oid: i for i, oid in enumerate(oids)}
        if len(position) != len(oids):
            raise ValueError("a commit was given twice")
        known = tuple(tuple(position[p] for p in parents if p in position) for parents in parent_oids)
        outer = {
            oid: tuple(parents)
            for oid, parents in zip(oids, parent_oids, strict=True)
            if not all(parent in position for parent in parents)
        }
        return cls(tuple(oids), tuple(dates), known, position, outer)

    def __len__(self) -> int:
        return len(self.oids)

    def contains(self, oid: bytes) -> bool:
        """Whether the commit is in the graph."""
        return oid in self._position

    def position(self, oid: bytes) -> int:
        """Where the commit stands in `oids`.

        Raises:
            KeyError: The commit is not in the graph.
        """
        return self._position[oid]

    def missing(self, oids: Iterable[bytes]) -> tuple[bytes, ...]:
        """Those of the given commits that are not in the graph, in the given order."""
        return tuple(oid for oid in oids if oid not in self._position)

    def parents_of(self, oid: bytes) -> tuple[bytes, ...]:
        """The commit's parents inside the graph.

        Raises:
            KeyError: The commit is not in the graph.
        """
        return tuple(self.oids[p] for p in self.parents[self._position[oid]])

    def all_parents_of(self, oid: bytes) -> tuple[bytes, ...]:
        """The commit's parents, those outside the graph among them, in the commit's own order.

        Raises:
            KeyError: The commit is not in the graph.
        """
        return self._all_parents.get(oid) or self.parents_of(oid)

    def beyond(self) -> frozenset[bytes]:
        """The parents of the graph's commits that are not in it themselves."""
        return frozenset(
            parent
            for parents in self._all_parents.values()
            for parent in parents
            if parent not in self._position
        )

    def is_ancestor(self, older: bytes, younger: bytes) -> bool:
        """Whether `older` is `younger` itself or one of its ancestors.

        Raises:
            KeyError: One of the commits is not in the graph.
        """
        return bool(self._reached([self._position[younger]])[self._position[older]])

    def range(self, bad: bytes, goods: Iterable[bytes]) -> Range:
        """The commits that may be the first bad one: those `bad` contains and no good commit does.

        This follows the true ancestry. `git bisect` gives up looking for ancestors of good commits
        after five commits in a row that look too old (revision.c, `SLOP`), so where clocks were
        badly wrong git may keep, and test, commits that a good commit contains.

        Args:
            bad: The bad end.
            goods: The good ends. Those not in the graph exclude nothing: that is right for the good
                ends the graph was loaded with, since their ancestors are not in it either. For
                others ask `missing`, and load them too.

        Raises:
            KeyError: `bad` is not in the graph.
        """
        end = self._position[bad]
        seen = self._reached(self._position[g] for g in goods if g in self._position)
        if seen[end]:
            return Range(bad, (), ())
        newest_first = self._walk(end, seen)
        local = {old: new for new, old in enumerate(reversed(newest_first))}
        parents = tuple(tuple(local[p] for p in self.parents[c] if p in local) for c in local)
        return Range(bad, tuple(self.oids[c] for c in local), parents)

    def _reached(self, starts: Iterable[int]) -> bytearray:
        """Mark with 1 the starts and all their ancestors."""
        reached = bytearray(len(self.oids))
        pending: list[int] = []
        for start in starts:
            if not reached[start]:
                reached[start] = 1
                pending.append(start)
        while pending:
            for parent in self.parents[pending.pop()]:
                if not reached[parent]:
                    reached[parent] = 1
                    pending.append(parent)
        return reached

    def _walk(self, end: int, seen: bytearray) -> list[int]:
        """List `end` and its ancestors, newest first, equal dates first in first out.

        This is git's `limit_list` with its queue ordered by `commit_list_insert_by_date`. Commits
        marked in `seen` are left out; the walk marks what it lists.
        """
        dates, parents = self.dates, self.parents
        listed: list[int] = []
        arrivals = 0
        queue = [(-dates[end], arrivals, end)]
        seen[end] = 1
        while queue:
            commit = heappop(queue)[2]
            listed.append(commit)
            for parent in parents[commit]:
                if not seen[parent]:
                    seen[parent] = 1
                    arrivals += 1
                    heappush(queue, (-dates[parent], arrivals, parent))
        return listed
