"""Histories for tests: random ones, the real one in ../shared, and git repositories made of them."""

import gzip
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import strategies as st

from kbis.bisect.graph import Graph
from kbis.kernel import environment

REAL_PARENTS = Path(__file__).resolve().parents[1] / "../shared/graphs/git.parents.gz"
FIRST_DATE_S = 1_600_000_000
STEP_S = 60

Clock = Literal["plain", "ties", "skewed"]
CLOCKS: tuple[Clock, ...] = ("plain", "ties", "skewed")


@dataclass(frozen=True, slots=True)
class History:
    """Commits, parents first: their parents as positions, dates in seconds, and object ids."""

    parents: tuple[tuple[int, ...], ...]
    dates: tuple[int, ...]
    oids: tuple[bytes, ...]

    def graph(self) -> Graph:
        return Graph.of(
            (oid, date, [self.oids[p] for p in own])
            for oid, date, own in zip(self.oids, self.dates, self.parents, strict=True)
        )

    def position(self, oid: bytes) -> int:
        return self.oids.index(oid)

    def ancestors(self, starts: Sequence[int]) -> set[int]:
        """The starts and everything they descend from."""
        found = set(starts)
        pending = list(found)
        while pending:
            new = set(self.parents[pending.pop()]) - found
            found |= new
            pending.extend(new)
        return found


def random_parents(rng: random.Random, size: int) -> list[tuple[int, ...]]:
    """A history of `size` commits with side branches, merges of up to four, and now and then a second root."""
    merges = rng.choice([0.0, 0.15, 0.3, 0.6])
    reach = rng.choice([3, 10, size])
    parents: list[tuple[int, ...]] = [()]
    for t in range(1, size):
        near = range(max(0, t - reach), t)
        if rng.random() < 0.01:
            parents.append(())
        elif rng.random() < merges:
            parents.append(tuple(rng.sample(near, min(len(near), rng.choice([2, 2, 2, 3, 4])))))
        else:
            parents.append((rng.choice(near) if rng.random() < 0.4 else t - 1,))
    return parents


def dates(rng: random.Random, size: int, clock: Clock) -> list[int]:
    """Dates for commits listed parents first: growing, with many equal ones, or with some clocks wrong."""
    match clock:
        case "plain":
            return [FIRST_DATE_S + STEP_S * t for t in range(size)]
        case "ties":
            block = rng.choice([2, 5, 20, size])
            return [FIRST_DATE_S + STEP_S * (t // block) for t in range(size)]
        case "skewed":
            far = rng.choice([3, 20, size])
            wrong = rng.choice([0.03, 0.3])
            shifts = (rng.randint(-far, far) if rng.random() < wrong else 0 for _ in range(size))
            return [FIRST_DATE_S + STEP_S * (size + t + shift) for t, shift in enumerate(shifts)]


@st.composite
def histories(draw: st.DrawFn, largest: int = 24) -> History:
    """Any small history: any parents, repeated ones too, and any dates, equal or backwards."""
    size = draw(st.integers(1, largest))
    parents = [()] + [tuple(draw(st.lists(st.integers(0, t - 1), max_size=3))) for t in range(1, size)]
    seconds = draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    return without_git(parents, seconds, random.Random(draw(st.integers(0, 9))))


def real_parents() -> list[tuple[int, ...]]:
    """The parents of the 81,966 commits of git's own history, oldest first."""
    if not REAL_PARENTS.exists():
        pytest.skip("needs the real commit graph in ../shared/graphs")
    with gzip.open(REAL_PARENTS, "rt") as lines:
        return [tuple(map(int, line.split())) for line in lines]


def without_git(parents: Sequence[Sequence[int]], dates_s: Sequence[int], rng: random.Random) -> History:
    """A history that exists nowhere, with random object ids."""
    oids = tuple(rng.randbytes(20) for _ in parents)
    return History(tuple(tuple(own) for own in parents), tuple(dates_s), oids)


def repository(directory: Path, parents: Sequence[Sequence[int]], dates_s: Sequence[int]) -> History:
    """Make a bare git repository with this history, all trees empty, and `main` at the last commit."""
    git(directory.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(directory))
    stream: list[str] = []
    for t, own in enumerate(parents):
        stream.append("" if own else "reset refs/heads/main\n")
        message = f"Change {t}"
        stream.append(
            f"commit refs/heads/main\nmark :{t + 1}\ncommitter A U Thor <author@example.org> {dates_s[t]} +0000\n"
            f"data {len(message)}\n{message}\n"
        )
        stream.extend(f"{'merge' if n else 'from'} :{p + 1}\n" for n, p in enumerate(own))
    marks = directory / "marks"
    git(directory, "fast-import", "--quiet", "--force", f"--export-marks={marks}", stdin="".join(stream))
    oids = [b""] * len(parents)
    for line in marks.read_text().splitlines():
        mark, oid = line.split()
        oids[int(mark[1:]) - 1] = bytes.fromhex(oid)
    return History(tuple(tuple(own) for own in parents), tuple(dates_s), tuple(oids))


def git(directory: Path, *arguments: str, stdin: str = "", ok: Sequence[int] = (0,)) -> str:
    """Run the installed git without any user settings; return what it printed."""
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=environment.for_tools() | settings,
    )
    assert done.returncode in ok, f"git {' '.join(arguments[:3])}: {done.stderr}"
    return done.stdout
