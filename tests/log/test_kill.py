"""kill -9 at any moment: what was acknowledged is there, and the next one goes on."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kbis.log import refs
from tests.log.world import LOG, NOTES, Author, git, ids_counted, make_repository, open_log, started

ROOT = Path(__file__).resolve().parents[2]
KILLS = 100
WRITERS = 2


@pytest.mark.timeout(300)
def test_a_hundred_kills_in_mid_append_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "repo"
    root = make_repository(path)
    started(open_log(path), root)
    rng = random.Random(1)
    said: set[bytes] = set()
    killed = stale = 0
    while killed < KILLS:
        writers = [writer(path, author) for author in range(1, 1 + WRITERS)]
        for process in writers:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in writers:
            time.sleep(rng.uniform(0.001, 0.06))
            process.kill()
        for process in writers:
            words = process.communicate()[0].split(b"\n")
            # The last word may be cut off by the kill; only a whole line was acknowledged.
            said |= {bytes.fromhex(word.decode()) for word in words[:-1]}
            killed += 1
        stale += grown_old(path)
        assert said <= ids_counted(open_log(path, trusted=[Author(n) for n in range(1, 10)]))
    log = open_log(path, trusted=[Author(n) for n in range(1, 10)])
    assert len(said) > KILLS
    assert said <= ids_counted(log)
    assert log.counted().ignored == ()
    git(path, "fsck", "--strict", "--no-dangling")
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)
    print(
        f"{killed} kills, {len(said)} events acknowledged, {len(ids_counted(log))} there, {stale} stale locks"
    )


def writer(path: Path, author: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.log.appender", str(path), str(author), "-1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


def grown_old(path: Path) -> int:
    """Let the locks that the killed left behind become as old as they must be to be broken; return how many."""
    locks = list((path / ".git/refs").rglob("*.lock"))
    long_ago = time.time() - 2 * refs.STALE_LOCK_S
    for lock in locks:
        os.utime(lock, (long_ago, long_ago))
    return len(locks)


@pytest.mark.parametrize("name", [LOG, NOTES])
def test_a_ref_that_was_written_but_not_renamed_is_written_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / "repo"
    root = make_repository(path)
    started(open_log(path), root)
    before = ids_counted(open_log(path))
    lock = path / ".git" / f"{name}.lock"
    lock.write_text("0" * 20)
    grown_old(path)
    started(open_log(path), bytes.fromhex(git(path, "rev-parse", "main").strip()))
    assert len(ids_counted(open_log(path))) == len(before) + 1
