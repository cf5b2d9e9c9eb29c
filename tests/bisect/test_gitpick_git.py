"""Ranges, picks and whole sessions beside the installed git.

`KBIS_LONG=1` compares more and larger ranges, which takes git a good while.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kbis.bisect.gitpick import Answer, BothGoodAndBad, FirstBad, OnlySkipped, Pick, bisecting_line, pick
from kbis.bisect.graph import Graph
from kbis.run.history import load_graph
from tests.graphs import CLOCKS, Clock, History, dates, git, random_parents, real_parents, repository

LONG = os.environ.get("KBIS_LONG") == "1"
LARGEST_RANGE = 30_000 if LONG else 3_000
REAL_RANGES = 250 if LONG else 70
REAL_SESSIONS = 40 if LONG else 6
GENERATED = 100 if LONG else 8


@dataclass(frozen=True, slots=True)
class Repo:
    """A bare git repository, the history it was made of, and that as a graph."""

    directory: Path
    history: History
    graph: Graph

    def hex(self, commit: int) -> str:
        return self.history.oids[commit].hex()


def make(directory: Path, parents: list[tuple[int, ...]], seconds: list[int]) -> Repo:
    history = repository(directory, parents, seconds)
    return Repo(directory, history, history.graph())


# One group a clock, so that parallel runs make each large repository once.
@pytest.fixture(scope="module", params=CLOCKS)
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Repo:
    parents = real_parents()
    seconds = dates(random.Random(request.param), len(parents), request.param)
    return make(tmp_path_factory.mktemp("real") / f"{request.param}.git", parents, seconds)


def generated(clock: Clock, scratch: Path) -> Iterator[tuple[random.Random, Repo]]:
    """Small random histories, each in a repository of its own."""
    for seed in range(GENERATED):
        rng = random.Random(f"{clock} {seed}")
        parents = random_parents(rng, rng.choice([8, 30, 150]))
        yield rng, make(scratch / f"{seed}.git", parents, dates(rng, len(parents), clock))


def some_ends(rng: random.Random, repo: Repo, largest: int) -> tuple[int, list[int]]:
    """A bad end and one to three good ends below it; small ranges as often as large ones."""
    oids, parents = repo.history.oids, repo.history.parents
    while True:
        bad = rng.randrange(1, len(oids))
        goods = set()
        for _ in range(rng.choice([1, 1, 2, 3])):
            good = bad
            for _ in range(int(largest ** rng.random())):
                good = rng.choice(parents[good] or (good,))
            goods.add(good)
        if bad not in goods and len(repo.graph.range(oids[bad], [oids[g] for g in goods])) <= largest:
            return bad, sorted(goods)


def listed_alike(repo: Repo, bad: int, goods: list[int]) -> bool:
    """Compare the candidates with git's, order and all; False where wrong clocks mislead git.

    Git stops looking after five commits that look too old (revision.c, `SLOP`) and then keeps
    commits that a good end contains.
    """
    oids = repo.history.oids
    ours = [oid.hex() for oid in repo.graph.range(oids[bad], [oids[g] for g in goods]).oids]
    theirs = git(
        repo.directory, "rev-list", "--reverse", repo.hex(bad), "--not", *map(repo.hex, goods)
    ).split()
    if ours == theirs:
        return True
    good = {repo.hex(c) for c in repo.history.ancestors(goods)}
    assert ours == [oid for oid in theirs if oid not in good]
    return False


def picked_alike(repo: Repo, bad: int, goods: list[int]) -> None:
    """Compare the pick and its numbers with those of `git rev-list --bisect-vars`."""
    oids = repo.history.oids
    ends = (repo.hex(bad), "--not", *map(repo.hex, goods))
    told = dict(line.split("=") for line in git(repo.directory, "rev-list", "--bisect-vars", *ends).split())
    answer = pick(repo.graph.range(oids[bad], [oids[g] for g in goods]), frozenset())
    assert isinstance(answer, Pick | FirstBad)
    assert answer.revision.hex() == told["bisect_rev"].strip("'")
    if isinstance(answer, Pick):
        assert (answer.left, answer.steps) == (int(told["bisect_good"]), int(told["bisect_steps"]))
    else:
        assert told["bisect_all"] == "1"


@pytest.mark.parametrize("clock", CLOCKS)
def test_random_histories_are_listed_and_picked_from_as_git_does(clock: Clock, tmp_path: Path) -> None:
    compared = 0
    for rng, repo in generated(clock, tmp_path):
        for _ in range(6):
            bad, goods = some_ends(rng, repo, 150)
            if listed_alike(repo, bad, goods):
                picked_alike(repo, bad, goods)
                compared += 1
    assert compared >= 0.9 * 6 * GENERATED


def test_ranges_of_the_real_history_are_listed_and_picked_from_as_git_does(real: Repo) -> None:
    rng = random.Random(f"ranges, {real.directory.name}")
    compared = 0
    for _ in range(REAL_RANGES):
        bad, goods = some_ends(rng, real, LARGEST_RANGE)
        if listed_alike(real, bad, goods):
            picked_alike(real, bad, goods)
            compared += 1
    assert compared >= 0.9 * REAL_RANGES


def words(answer: Answer, history: History) -> str:
    """What git prints first for an answer."""
    match answer:
        case Pick(revision, left, steps):
            return f"{bisecting_line(left, steps)}\n[{revision.hex()}] Change {history.position(revision)}\n"
        case FirstBad(revision):
            return f"{revision.hex()} is the first bad commit\n"
        case OnlySkipped(revisions):
            listed = "".join(f"{oid.hex()}\n" for oid in revisions)
            return (
                "There are only 'skip'ped commits left to test.\n"
                f"The first bad commit could be any of:\n{listed}We cannot bisect more!\n"
            )
        case BothGoodAndBad(revision):
            return f"{revision.hex()} was both good and bad\n"


def play(repo: Repo, rng: random.Random, bad: int, goods: list[int]) -> int:
    """Play one bisection with random answers in git and here; return the number of answers compared."""
    good_names = [repo.hex(g) for g in goods]
    graph = load_graph(repo.directory, repo.hex(bad), good_names)
    skipped: set[bytes] = set()
    skips = rng.choice([0.0, 0.2, 0.6, 0.95])
    said = git(repo.directory, "bisect", "start", "--no-checkout", repo.hex(bad), *good_names)
    compared = 0
    while True:
        if not listed_alike(repo, bad, goods):
            return compared
        oids = repo.history.oids
        candidates = graph.range(oids[bad], [oids[g] for g in goods])
        answer = pick(candidates, skipped)
        assert said.startswith(words(answer, repo.history))
        compared += 1
        if not isinstance(answer, Pick):
            return compared
        tested = [answer.revision.hex()]
        if rng.random() < skips:
            # Git asks for merge bases after an unexpected answer when a good end is beside the bad one.
            if set(goods) <= repo.history.ancestors([bad]):
                tested += [oid.hex() for oid in rng.choices(candidates.oids, k=rng.choice([0, 0, 3]))]
            skipped |= {bytes.fromhex(oid) for oid in tested}
            said = git(repo.directory, "bisect", "skip", *tested, ok=(0, 2))
        elif rng.random() < 0.5:
            goods = [*goods, repo.history.position(answer.revision)]
            said = git(repo.directory, "bisect", "good", *tested, ok=(0, 2))
        else:
            bad = repo.history.position(answer.revision)
            said = git(repo.directory, "bisect", "bad", *tested, ok=(0, 2))


@pytest.mark.parametrize("clock", CLOCKS)
def test_bisections_of_random_histories_go_as_in_git(clock: Clock, tmp_path: Path) -> None:
    compared = 0
    for rng, repo in generated(clock, tmp_path):
        compared += play(repo, rng, *some_ends(rng, repo, 150))
    assert compared > GENERATED


def test_bisections_of_the_real_history_go_as_in_git(real: Repo) -> None:
    rng = random.Random(f"sessions, {real.directory.name}")
    compared = sum(play(real, rng, *some_ends(rng, real, LARGEST_RANGE)) for _ in range(REAL_SESSIONS))
    assert compared > REAL_SESSIONS
