"""The ground of a bisection, read from the repository: the commits between its ends, and the releases."""

import re
from pathlib import Path

import pygit2

from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Release, Terrain
from kbis.log.repository import Repository
from kbis.run.history import load_graph

_RELEASE = re.compile(r"refs/tags/(v(\d+)\.(\d+)(?:\.(\d+))?)")
"""Releases of Linux: v5.4, v4.17, v2.6.39; release candidates are not among them."""


def terrain_of(repository: Repository, bisection: Bisection) -> Terrain:
    """Return what the repository knows; without the bad end it knows nothing.

    Raises:
        UserError: the repository is shallow.
        InfraError: git failed.
    """
    needed = [bisection.bad, *bisection.terms.good]
    if any(pygit2.Oid(raw=each) not in repository.git for each in needed):
        return Terrain(None)
    directory = Path(repository.git.workdir or repository.git.path)
    graph = load_graph(directory, bisection.bad.hex(), [each.hex() for each in bisection.terms.good])
    wanted = not bisection.terms.good
    return Terrain(graph, _releases(repository, bisection.bad) if wanted else ())


def _releases(repository: Repository, bad: bytes) -> tuple[Release, ...]:
    """Return the release tags that the bad end contains, newest version first."""
    git, end = repository.git, pygit2.Oid(raw=bad)
    found = []
    for name in git.references:
        matched = _RELEASE.fullmatch(name)
        if matched is None:
            continue
        commit = git.references[name].peel(pygit2.Commit).id
        if commit != end and git.descendant_of(end, commit):
            version = tuple(int(part or 0) for part in matched.group(2, 3, 4))
            found.append((version, Release(matched[1], commit.raw)))
    return tuple(release for _, release in sorted(found, key=lambda each: each[0], reverse=True))
