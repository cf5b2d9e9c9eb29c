"""Time the event log beside plain git doing the nearest thing, and print the ratios.

Run from the repository root: `python -m tests.bench.bench_log`. Every append is on the disk when it counts here, so
the figures for single appends are those of the disk. Reading, verifying and uniting are timed by the processor's
clock, of us and of what we start, so that other work on the machine does not show.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pygit2

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot
from kbis.log.line import parse_line
from kbis.log.notes import read_tree
from kbis.log.sshsig import NAMESPACE, armor, preimage
from kbis.log.union import union_trees
from tests.log.trees import ONE, notes_tree, tree_of
from tests.log.world import ANN, Bisection, a_commit, git, make_repository, open_log, started

SINGLE = 200
BATCHES, BATCH = 20, 50
GIT_APPENDS = 40
SSH_VERIFIES = 40
EVENTS, COMMITS = 10_000, 500
NEW = 100
NOTES_EACH, CHANGED = 50_000, 1_000

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Run once; return the seconds it took and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def computed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Run once; return the seconds of processor time it took, here and in processes started by it, and what it gave."""
    start = os.times()
    result = work()
    end = os.times()
    return sum(end[:4]) - sum(start[:4]), result


def row(what: str, rate: float, unit: str, git_rate: float | None = None, git_what: str = "") -> None:
    beside = f"{rate / git_rate:8.2f} x {git_what} ({git_rate:,.0f} {unit})" if git_rate else ""
    print(f"{what:44} {rate:10,.0f} {unit:10} {beside}")


def draft(n: int) -> Draft:
    return Draft(
        a_commit(n % COMMITS), Boot("crash", title="KASAN: slab-use-after-free Read in pebble_close")
    )


def appends(path: Path) -> None:
    log = open_log(path, durable=True)
    start = started(log, make_root(path))

    def single() -> None:
        for n in range(SINGLE):
            log.append(start.repository, start.id, [start], [draft(n)])

    def by_git() -> None:
        line = ANN.line(start).decode()
        for _ in range(GIT_APPENDS):
            git(path, "-c", "core.fsync=all", "notes", "--ref=other", "append", "-m", line, "main")

    git_s, _ = timed(by_git)
    single_s, _ = timed(single)
    row("append, one at a time", SINGLE / single_s, "events/s", GIT_APPENDS / git_s, "git notes append")

    def batches() -> None:
        for n in range(BATCHES):
            log.append(
                start.repository, start.id, [start], [draft(n * BATCH + each) for each in range(BATCH)]
            )

    batch_s, _ = timed(batches)
    row(
        f"append, {BATCH} at a time",
        BATCHES * BATCH / batch_s,
        "events/s",
        GIT_APPENDS / git_s,
        "git notes append",
    )


def make_root(path: Path) -> bytes:
    return bytes.fromhex(git(path, "rev-parse", "main").strip())


def verifies() -> None:
    made = Bisection()
    start = made.start()
    lines = [ANN.line(made.event([start])) for _ in range(3_000)]

    def each() -> None:
        for line in lines:
            signed = parse_line(line)
            assert ANN.public.verify(preimage(signed.event.body), signed.signature)

    parse_s, _ = computed(lambda: [parse_line(line) for line in lines])
    verify_s, _ = computed(each)
    row("lines parsed", len(lines) / parse_s, "lines/s")
    with tempfile.TemporaryDirectory() as scratch:
        signed = parse_line(lines[0])
        (Path(scratch) / "allowed").write_text(ANN.allowed())
        (Path(scratch) / "sig").write_text(armor(ANN.public, signed.signature))
        verify = [
            "ssh-keygen",
            "-Y",
            "verify",
            "-n",
            NAMESPACE,
            "-I",
            ANN.public.comment,
            "-f",
            "allowed",
            "-s",
            "sig",
        ]

        def by_ssh() -> None:
            for _ in range(SSH_VERIFIES):
                subprocess.run(
                    verify, input=signed.event.body, cwd=scratch, check=True, stdout=subprocess.DEVNULL
                )

        ssh_s, _ = computed(by_ssh)
    row(
        "lines parsed and verified",
        len(lines) / verify_s,
        "lines/s",
        SSH_VERIFIES / ssh_s,
        "ssh-keygen -Y verify",
    )


def filled(path: Path) -> EventLog:
    """A log of many events, in one commit, written without waiting for the disk."""
    log = open_log(path)
    start = started(log, make_root(path))
    for n in range(EVENTS // 1000):
        log.append(start.repository, start.id, [start], [draft(n * 1000 + each) for each in range(1000)])
    return log


def reads(path: Path) -> None:
    log = filled(path)
    git(path, "gc", "--quiet")
    cold_s, counted = computed(open_log(path).counted)
    assert not counted.ignored
    found = sum(map(len, counted.bisections.values()))

    def by_git() -> int:
        blobs = b"".join(
            row[:40].encode() + b"\n" for row in git(path, "notes", "--ref=kbis", "list").splitlines()
        )
        return len(git(path, "cat-file", "--batch", stdin=blobs))

    git_s, _ = computed(by_git)
    row(
        f"read {found} events and verify them",
        found / cold_s,
        "events/s",
        found / git_s,
        "git cat-file of the notes",
    )

    log.counted()
    [(start, *_)] = counted.bisections.values()
    other = open_log(path)
    for n in range(NEW):
        other.append(start.repository, start.id, [start], [draft(n)])
    new_s, _ = computed(log.counted)
    idle_s, _ = timed(log.counted)
    print(f"{f'read {NEW} new events among {found}':44} {new_s * 1000:10,.0f} ms")
    print(f"{'read again, nothing new':44} {idle_s * 1000:10,.1f} ms")
    print(f"{'memory of it all':44} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:10,.0f} MiB")


def unions(path: Path) -> None:
    repo = pygit2.Repository(str(path))
    rng = random.Random(1)
    held = {
        a_commit(n).hex(): b"k1 %060d %s\n" % (n, rng.randbytes(150).hex().encode())
        for n in range(NOTES_EACH)
    }
    objects = list(held)

    def grown(mark: bytes, some: list[str]) -> dict[str, bytes]:
        return held | {note: held[note] + b"k1 zz %s\n" % mark for note in some}

    base = notes_tree(repo, held, ONE)
    ours = notes_tree(repo, grown(b"ours", objects[:CHANGED]), ONE)
    theirs = notes_tree(repo, grown(b"theirs", objects[CHANGED // 2 : CHANGED // 2 + CHANGED]), ONE)
    union_s, made = computed(lambda: union_trees(repo, ours, theirs, set()))
    assert len(read_tree(repo, made).notes) == NOTES_EACH
    first = git(path, "commit-tree", str(base), "-m", "base").strip()
    for name, tree in (("refs/notes/ours", ours), ("refs/notes/theirs", theirs)):
        git(path, "update-ref", name, git(path, "commit-tree", str(tree), "-p", first, "-m", "x").strip())
    git_s, _ = computed(
        lambda: git(path, "notes", "--ref=ours", "merge", "-q", "-s", "cat_sort_uniq", "refs/notes/theirs")
    )
    assert read_tree(repo, tree_of(repo, "refs/notes/ours")).notes == read_tree(repo, made).notes
    row(
        f"union, {CHANGED} of {NOTES_EACH} notes changed a side",
        CHANGED / union_s,
        "notes/s",
        CHANGED / git_s,
        "git notes merge",
    )


def main() -> None:
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        os.environ |= {f"{name}_NAME": "Ada", f"{name}_EMAIL": "ada@example.org"}
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as scratch:
        for n, work in enumerate((appends, reads, unions)):
            path = Path(scratch) / str(n)
            make_repository(path, "-b", "main")
            work(path)
    verifies()


if __name__ == "__main__":
    main()
