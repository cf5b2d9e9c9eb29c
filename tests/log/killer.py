"""Kills appending processes: `python -m tests.log.killer REPOSITORY START KILLS`.

Two processes at a time append without end and print each id after append has returned; each is killed with SIGKILL
after a moment. They are forked, so that a kill costs milliseconds; each opens the repository for itself.
"""

import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from kbis.log.event import Event, decode
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from kbis.log.stale_lock import STALE_LOCK_S
from tests.log.world import Author, a_commit, open_log

MOMENT_S = 0.06


def main(repository: str, start: str, kills: str) -> None:
    path, event, rng = Path(repository), decode(bytes.fromhex(start)), random.Random(1)
    stale = 0
    for _ in range(int(kills) // 2):
        writers = [writer(path, event, author) for author in (1, 2)]
        for pid in writers:
            time.sleep(rng.uniform(0, MOMENT_S))
            os.kill(pid, signal.SIGKILL)
        for pid in writers:
            _, status = os.waitpid(pid, 0)
            assert os.WTERMSIG(status) == signal.SIGKILL
        stale += grown_old(path)
    print(f"{stale} stale locks", file=sys.stderr)


def writer(path: Path, start: Event, author: int) -> int:
    if pid := os.fork():
        return pid
    log = open_log(path, Author(author))
    for n in count():
        [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(n % 9), Boot("ok"))])
        os.write(1, event.id.hex().encode() + b"\n")
    raise AssertionError


def grown_old(path: Path) -> int:
    """Let the ref locks that the killed left behind become as old as they must be to be broken; return how many."""
    locks = list((path / ".git/refs").rglob("*.lock"))
    long_ago = time.time() - 2 * STALE_LOCK_S
    for lock in locks:
        os.utime(lock, (long_ago, long_ago))
    return len(locks)


if __name__ == "__main__":
    main(*sys.argv[1:])
