"""Which revisions are one kernel: those with the same git tree, and those whose kernels have the same signature. Pure.

One recipe makes one kernel of one tree (the start event fixes the recipe), and equal signatures mean equal code
(`kbis.kernel.signature`). Both are followed at once: where a and b have one tree, and b and c one signature, the three
are one kernel. Trees come from two places: build events, which every clone has, and the repository, which names the
tree of a commit that was never built. A commit's id is a digest over its tree's id, so no two repositories disagree.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

Mark = tuple[Literal["tree", "signature"], bytes]
"""What two revisions may have in common: a tree id (20 bytes), or a signature."""

_Node = bytes | Mark


@dataclass(frozen=True)
class Trees:
    """The git trees of commits, as far as they were read.

    Attributes:
        of: The tree of each commit; all ids are 20 bytes.
        alike: For each tree that several of these commits have, those commits, sorted.
    """

    of: Mapping[bytes, bytes] = field(default_factory=dict)
    alike: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, pairs: Iterable[tuple[bytes, bytes]]) -> Self:
        """Take in pairs of a commit and its tree."""
        trees = dict(pairs)
        commits: dict[bytes, list[bytes]] = defaultdict(list)
        for commit, tree in trees.items():
            commits[tree].append(commit)
        return cls(trees, {tree: tuple(sorted(each)) for tree, each in commits.items() if len(each) > 1})


@dataclass(frozen=True)
class Kernels:
    """Revisions sorted by kernel.

    Attributes:
        together: For each revision that shares its kernel, all that have it, itself among them, sorted.
        trees: What is known of trees beyond the events.
    """

    together: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    trees: Trees = field(default_factory=Trees)

    @classmethod
    def of(cls, marks: Iterable[tuple[bytes, Mark]], trees: Trees | None = None) -> Self:
        """Sort revisions by their marks, and by the trees that are known of commits like them.

        Args:
            marks: Revisions and what they may share, in any order; a revision may have many marks.
            trees: The trees of commits, built or not.
        """
        known = trees or Trees()
        above: dict[_Node, _Node] = {}
        for revision, mark in marks:
            _join(above, revision, mark)
            if mark[0] == "tree":
                for twin in known.alike.get(mark[1], ()):
                    _join(above, twin, mark)
        kernels: dict[_Node, list[bytes]] = defaultdict(list)
        for node in above:
            if isinstance(node, bytes):
                kernels[_top(above, node)].append(node)
        shared = [tuple(sorted(kernel)) for kernel in kernels.values() if len(kernel) > 1]
        return cls({each: kernel for kernel in sorted(shared) for each in kernel}, known)

    def twins(self, revision: bytes) -> tuple[bytes, ...]:
        """Return all revisions known to be this one's kernel, itself among them, sorted."""
        return self.together.get(revision, (revision,))

    def are_one(self, one: bytes, other: bytes) -> bool:
        """Tell whether two revisions are known to be one kernel."""
        tree = self.trees.of.get(one)
        return other in self.twins(one) or (tree is not None and tree == self.trees.of.get(other))


def _join(above: dict[_Node, _Node], one: _Node, other: _Node) -> None:
    """Put two nodes of a forest under one root; the sets that come of it do not depend on the order of joining."""
    above[_top(above, one)] = _top(above, other)


def _top(above: dict[_Node, _Node], node: _Node) -> _Node:
    above.setdefault(node, node)
    while above[node] != node:
        above[node] = above[above[node]]
        node = above[node]
    return node
