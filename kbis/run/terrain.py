"""The ground of a bisection, read from the repository: the commits between its ends, their trees, and the releases."""

import re
from dataclasses import replace
from pathlib import Path

import pygit2

from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.bisect.policy import Release, Terrain
from kbis.log.repository import Repository
from kbis.run.git_output import git_output
from kbis.run.history import load_graph
from kbis.run.trees import load_trees

_RELEASE = re.compile(r"v(\d+)\.(\d+)(?:\.(\d+))?")
"""Releases of Linux: v5.4, v4.17, v2.6.39; release candidates are not among them."""


class Ground:
    """Gives the terrain of a bisection, and reads it again only when a revision turns up that it does not know."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._read: tuple[bytes, frozenset[bytes], Terrain] | None = None

    def __call__(self, bisection: Bisection) -> Terrain:
        """Return what the repository knows; without the ends it knows nothing.

        Raises:
            InfraError: git failed.
        """
        here = frozenset(each for each in bisection.evidence if self._has(each))
        if self._read is None or self._read[0] != bisection.id or not self._covers(here):
            self._read = (bisection.id, here, self._terrain(bisection, here))
        bisection_id, judged, terrain = self._read
        if terrain.graph is not None and not here <= terrain.trees.of.keys():
            asked = _asked(terrain.graph, bisection.terms.good, here)
            terrain = replace(terrain, trees=load_trees(self._where, asked))
            self._read = (bisection_id, judged, terrain)
        return terrain

    def _covers(self, judged: frozenset[bytes]) -> bool:
        """Tell whether what was read holds all these revisions."""
        assert self._read is not None  # noqa: S101 - it was read before
        _, before, terrain = self._read
        graph = terrain.graph
        return all(each in before or (graph is not None and graph.contains(each)) for each in judged)

    def _terrain(self, bisection: Bisection, judged: frozenset[bytes]) -> Terrain:
        goods = bisection.terms.good
        if not all(self._has(each) for each in (bisection.bad, *goods)):
            return Terrain(None)
        others = sorted(each.hex() for each in judged)
        graph = load_graph(self._where, bisection.bad.hex(), [each.hex() for each in goods], others)
        return Terrain(graph, () if goods else releases_before(self._where, bisection.bad))

    @property
    def _where(self) -> Path:
        return Path(self._repository.git.workdir or self._repository.git.path)

    def _has(self, revision: bytes) -> bool:
        return pygit2.Oid(raw=revision) in self._repository.git


def _asked(graph: Graph, goods: tuple[bytes, ...], judged: frozenset[bytes]) -> frozenset[bytes]:
    """Return the commits whose trees may matter: all that may be tested, and what they are compared with.

    Without a good end the whole history may be tested; then only what was tested is compared, with its parents.
    """
    if goods:
        return frozenset(graph.oids) | graph.beyond() | frozenset(goods) | judged
    inside = [each for each in judged if graph.contains(each)]
    return judged.union(*(graph.all_parents_of(each) for each in inside))


def releases_before(where: Path, bad: bytes) -> tuple[Release, ...]:
    """Return the release tags that the bad end contains, newest version first."""
    form = "--format=%(refname:strip=2) %(objecttype) %(objectname) %(*objectname)"
    found = []
    for line in git_output(where, "for-each-ref", f"--merged={bad.hex()}", form, "refs/tags/v*").splitlines():
        name, kind, *ids = line.split(" ")
        matched = _RELEASE.fullmatch(name)
        revision = bytes.fromhex(ids[0] if kind == "commit" else ids[-1])
        if matched is not None and revision != bad:
            version = tuple(int(part or 0) for part in matched.groups())
            found.append((version, Release(name, revision)))
    return tuple(release for _, release in sorted(found, key=lambda each: each[0], reverse=True))
