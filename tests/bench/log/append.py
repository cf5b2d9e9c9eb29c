"""Appends: all of them durable when they return, so these are figures of the disk."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pygit2

from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot
from tests.bench.log.figures import Figure, timed
from tests.log.trees import ONE, notes_tree, publish
from tests.log.world import ANN, LOG, NOTES, a_commit, git, make_repository, open_log, started

SINGLE, GIT_APPENDS, FSYNCS = 300, 40, 200
GROUPS, GROUP = 60, 10
BATCHES, BATCH = 20, 50
BULKS, BULK = 4, 1000
NOTES_BEFORE, SINGLE_AMONG_MANY = 50_000, 100
COMMITS = 500


def draft(number: int) -> Draft:
    return Draft(
        a_commit(number % COMMITS), Boot("crash", title="KASAN: slab-use-after-free Read in pebble_close")
    )


def appends(scratch: Path) -> Iterator[Figure]:
    disk_s = fsync_s(scratch)
    yield Figure("a new file of 600 bytes on the disk, with its name", disk_s * 1000, "ms")
    path = scratch / "appends"
    make_repository(path, "-b", "main")
    log = open_log(path, durable=True)
    start = started(log, bytes.fromhex(git(path, "rev-parse", "main").strip()))

    def recorded(times: int, size: int, commits: int) -> float:
        def record() -> None:
            for turn in range(times):
                drafts = [draft(turn * commits + each % commits) for each in range(size)]
                log.append(start.repository, start.id, [start], drafts)

        return times * size / timed(record)[0]

    git_rate = GIT_APPENDS / timed(lambda: by_git(path, ANN.line(start).decode()))[0]
    for what, times, size, commits, least in (
        ("append, one at a time", SINGLE, 1, 1, 150),
        (f"append, {GROUP} at a time, about one commit", GROUPS, GROUP, 1, 2_000),
        (f"append, {GROUP} at a time, about as many", GROUPS, GROUP, GROUP, None),
        (f"append, {BATCH} at a time, about as many", BATCHES, BATCH, BATCH, None),
        (f"append, {BULK} at a time, about {COMMITS}", BULKS, BULK, BULK, 15_000),
    ):
        files = loose(path)
        rate = recorded(times, size, commits)
        beside = f"{rate / git_rate:.1f} x git notes append ({git_rate:.0f}/s)"
        yield Figure(what, rate, "events/s", least=least, beside=beside)
        yield Figure("  loose objects of each", (loose(path) - files) / (times * size), "")
    yield packed(path, log)
    yield among_many(scratch)


def fsync_s(scratch: Path) -> float:
    """How long the disk takes for one file and the directory it is in, one after the other."""
    directory = scratch / "fsync"
    directory.mkdir()

    def write() -> None:
        for number in range(FSYNCS):
            path = directory / str(number)
            path.write_bytes(bytes(600))
            for each in (path, directory):
                handle = os.open(each, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)

    return timed(write)[0] / FSYNCS


def by_git(path: Path, line: str) -> None:
    for _ in range(GIT_APPENDS):
        git(path, "-c", "core.fsync=all", "notes", "--ref=other", "append", "-m", line, "main")


def packed(path: Path, log: EventLog) -> Figure:
    """What an event takes on the disk once git has tidied up; these events were recorded in every way above."""
    git(path, "update-ref", "-d", "refs/notes/other")
    git(path, "gc", "-q", "--prune=now")
    counts = dict(row.split(": ") for row in git(path, "count-objects", "-v").splitlines())
    events = sum(map(len, log.counted().bisections.values()))
    return Figure(
        "an event on the disk after git gc", 1024 * int(counts["size-pack"]) / events, "bytes", most=300
    )


def among_many(scratch: Path) -> Figure:
    path = scratch / "many"
    make_repository(path, "-b", "main")
    repo = pygit2.Repository(str(path))
    rng = random.Random(1)
    held = {a_commit(n).hex(): rng.randbytes(200).hex().encode() + b"\n" for n in range(NOTES_BEFORE)}
    publish(repo, NOTES, notes_tree(repo, held, ONE))
    git(path, "gc", "-q")
    log = open_log(path, durable=True)
    start = started(log, bytes.fromhex(git(path, "rev-parse", "main").strip()))
    times = [
        timed(lambda n=n: log.append(start.repository, start.id, [start], [draft(n)]))[0]  # type: ignore[misc]
        for n in range(SINGLE_AMONG_MANY)
    ]
    assert git(path, "rev-parse", LOG) == git(path, "rev-parse", NOTES)
    slowest = quantiles(times, n=20)[-1]
    return Figure(f"append among {NOTES_BEFORE:,} notes, 95 of 100", slowest * 1000, "ms", most=15)


def loose(path: Path) -> int:
    return sum(1 for _ in (path / ".git/objects").glob("??/*"))
