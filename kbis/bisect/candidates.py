"""The candidates of a bisection: the commits that may be the first bad one, ready for sums over their ancestors."""

from dataclasses import dataclass
from functools import lru_cache

from kbis.bisect.ancestry import Ancestry, ancestry, parents_first
from kbis.bisect.graph import Graph, Range


@dataclass(frozen=True, eq=False)
class Candidates:
    """A range with its sums.

    Attributes:
        commits: The candidates, oldest first in git's list order.
        sums: Sums over their ancestors and descendants.
        position: Where each stands in `commits`.
        order: All positions of the graph, parents before children.
        places: For each candidate its position in the graph.
    """

    commits: Range
    sums: Ancestry
    position: dict[bytes, int]
    order: tuple[int, ...]
    places: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.commits)


@lru_cache(maxsize=8)
def candidates_of(graph: Graph, bad: bytes, goods: tuple[bytes, ...]) -> Candidates:
    """Return what the bad end contains and no good end does.

    The same graph gives the same object again: a bisection asks after every boot.

    Raises:
        KeyError: the bad end is not in the graph.
    """
    commits = graph.range(bad, goods)
    return Candidates(
        commits,
        ancestry(commits),
        {oid: at for at, oid in enumerate(commits.oids)},
        tuple(parents_first(graph.parents)),
        tuple(graph.position(oid) for oid in commits.oids),
    )


def tested_above(graph: Graph, candidates: Candidates, tested: tuple[bytes, ...]) -> list[int]:
    """For each candidate the tested revisions that contain it, as bits: bit i stands for `tested[i]`.

    Revisions that are not in the graph contain no candidate: they are ancestors of the good ends.
    """
    marks = [0] * len(graph)
    for bit, oid in enumerate(tested):
        if graph.contains(oid):
            marks[graph.position(oid)] |= 1 << bit
    parents = graph.parents
    for commit in reversed(candidates.order):
        mark = marks[commit]
        if mark:
            for parent in parents[commit]:
                marks[parent] |= mark
    return [marks[place] for place in candidates.places]
