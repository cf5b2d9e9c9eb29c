"""Ranges, picks and whole sessions beside the installed git.

`KBIS_LONG=1` compares more and larger ranges, which takes git about half an hour.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from kbis.bisect.gitpick import Answer, BothGoodAndBad, FirstBad, OnlySkipped, Pick, bisecting_line, pick
from kbis.run.history import load_graph
from tests.graphs import CLOCKS, Clock, History, dates, git, random_parents, real_parents, repository

LONG = os.environ.get("KBIS_LONG") == "1"
LARGEST_RANGE = 30_000 if LONG else 2_500
REAL_RANGES = 200 if LONG else 70
REAL_SESSIONS = 40 if LONG else 4
GENERATED = 60 if LONG else 8


class Repo(NamedTuple):
    """A bare git repository and the history it was made of."""

    directory: Path
    history: History

    def hex(self, commit: int) -> str:
        return self.history.oids[commit].hex()


@pytest.fixture(scope="module", params=CLOCKS)
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Repo:
    parents = real_parents()
    seconds = dates(random.Random(request.param), len(parents), request.param)
    directory = tmp_path_factory.mktemp("real") / f"{request.param}.git"
    return Repo(directory, repository(directory, parents, seconds))


def generated(clock: Clock, scratch: Path) -> Iterator[tuple[random.Random, Repo]]:
    """Small random histories, each in a repository of its own."""
    for seed in range(GENERATED):
        rng = random.Random(f"{clock}{seed}")
        parents = random_parents(rng, rng.choice([8, 30, 150]))
        directory = scratch / f"{seed}.git"
        yield rng, Repo(directory, repository(directory, parents, dates(rng, len(parents), clock)))


def some_ends(rng: random.Random, repo: Repo, largest: int) -> tuple[int, list[int]]:
    """A bad end and one to three good ends that it descends from, small ranges as often as large ones."""
    while True:
        bad = rng.randrange(1, len(repo.history.oids))
        goods = {max(0, bad - int(largest ** rng.random())) for _ in range(rng.choice([1, 1, 2, 3]))}
        below = repo.history.ancestors([bad]) - {bad}
        if goods <= below:
            return bad, sorted(goods)


def git_is_misled(repo: Repo, bad: int, goods: list[int]) -> bool:
    """Whether wrong clocks make git keep commits that a good end contains (revision.c, `SLOP`)."""
    listed = git(repo.directory, "rev-list", repo.hex(bad), "--not", *map(repo.hex, goods)).split()
    true = repo.history.ancestors([bad]) - repo.history.ancestors(goods)
    kept = {repo.history.position(bytes.fromhex(oid)) for oid in listed} if len(listed) != len(true) else true
    assert kept >= true
    return kept != true


def compare_range(repo: Repo, bad: int, goods: list[int]) -> bool:
    """Compare the list, the pick and the numbers; return whether there was something to compare."""
    ends = (repo.hex(bad), "--not", *map(repo.hex, goods))
    if git_is_misled(repo, bad, goods):
        return False
    candidates = repo.history.graph().range(repo.history.oids[bad], [repo.history.oids[g] for g in goods])
    listed = git(repo.directory, "rev-list", "--reverse", *ends).split()
    assert [oid.hex() for oid in candidates.oids] == listed
    told = dict(line.split("=") for line in git(repo.directory, "rev-list", "--bisect-vars", *ends).split())
    match pick(candidates, frozenset()):
        case Pick(revision, left, steps):
            assert told["bisect_rev"].strip("'") == revision.hex()
            assert (int(told["bisect_good"]), int(told["bisect_steps"])) == (left, steps)
        case FirstBad(revision):
            assert told["bisect_rev"].strip("'") == revision.hex()
            assert told["bisect_all"] == "1"
        case OnlySkipped() | BothGoodAndBad():
            pytest.fail("nothing was skipped, and the bad end is in no good one")
    return True
