"""What a partial clone has left out of the log, fetched when the log turns out to need it.

kbis fetches its own ref whole (`--no-filter`). A plain `git fetch` of the user's applies the clone's filter to notes
too, and a gc may leave out what a remote has promised to keep. libgit2 cannot ask the remote for objects; git can, by
their ids (partial-clone(7), Fetching Missing Objects).
"""

import re
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress

from kbis.log.repository import Repository
from kbis.log.usergit import run_git, stream_git

AT_ONCE = 1000
"""So many objects one fetch asks for; a command line has room for tens of thousands."""

_EXTENSION = "extensions.partialClone"
_PROMISOR = re.compile(r"remote\.(.+)\.promisor", re.DOTALL)
_FETCH = (
    *("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-progress", "--no-tags", "--refmap="),
    *(
        "--no-filter",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--no-prune",
        "--no-recurse-submodules",
    ),
    *("--no-write-commit-graph", "--no-show-forced-updates"),
)


def promisors(repository: Repository) -> tuple[str, ...]:
    """Return the remotes that have promised what is not here; none in a clone that is whole."""
    config = repository.git.config
    # git up to 2.23 knows one such remote, and says so here (partial-clone(7), Using many promisor remotes).
    found = [config[_EXTENSION] or ""] if _EXTENSION in config else []
    for each in config:
        matched = _PROMISOR.fullmatch(each.name)
        if matched is not None and config.get_bool(each.name):
            found.append(matched.group(1))
    return tuple(dict.fromkeys(filter(None, found)))


def fetch_promised(repository: Repository, refs: Iterable[str]) -> None:
    """Ask the remotes of a partial clone for what some refs lead to and is not here; in a whole clone do nothing.

    Whether it came is for the caller to see, who reads it.

    Raises:
        InfraError: git is not installed.
    """
    remotes = promisors(repository)
    tips = [ref for ref in refs if ref in repository.git.references] if remotes else []
    for remote in remotes:
        asked: set[str] = set()
        # A tree that came may name more that is missing.
        while missing := [each for each in _missing(repository, tips) if each not in asked][:AT_ONCE]:
            asked.update(missing)
            if run_git(repository, [*_FETCH, "--", remote, *missing]).status != 0:
                break


def _missing(repository: Repository, tips: Sequence[str]) -> list[str]:
    """Return the ids of what is not here, as far as it is named by what is."""
    found: list[str] = []
    with suppress(subprocess.CalledProcessError):
        if tips:
            command = ["rev-list", "--objects", "--no-object-names", "--missing=print", *tips, "--"]
            found.extend(line[1:] for line in stream_git(repository, command) if line.startswith("?"))
    return found
