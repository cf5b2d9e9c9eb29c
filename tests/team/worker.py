"""Processes that record and trade at the same time, and can be killed."""

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from kbis.run.sync import Team
from tests.log.world import Author
from tests.team.clones import Clone

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.team.worker"])

ENDLESS = -1
_SYNCED = b"synced"
SYNC_SHARE = 0.3
"""Of the events, so many are followed by a sync."""


class Worker:
    """A process that appends events to a clone and syncs after some of them, and after the last.

    Args:
        clone: Where.
        author: Who signs, and where the numbers of its events begin.
        events: How many to append, or `ENDLESS`.

    Attributes:
        appended: Events whose append has returned, as far as was read.
        sent: Those of them that a sync has sent since.
    """

    def __init__(self, clone: Clone, author: int, events: int) -> None:
        self._events, told = _CONTEXT.Pipe(duplex=False)
        self.process: ForkServerProcess = _CONTEXT.Process(
            target=_work, args=(str(clone.path), author, events, told), daemon=True
        )
        self.process.start()
        told.close()
        self.appended: set[bytes] = set()
        self.sent: set[bytes] = set()

    def read(self, events: int = ENDLESS) -> None:
        """Read what it says, to so many more events or to the end of the process."""
        while events:
            try:
                said = self._events.recv_bytes()
            except EOFError:
                self.process.join()
                return
            if said == _SYNCED:
                self.sent |= self.appended
            else:
                self.appended.add(said)
                events -= 1

    def whole(self) -> set[bytes]:
        """Wait for the end, which must be a good one; return all events."""
        self.read()
        assert self.process.exitcode == 0
        assert self.sent == self.appended
        return self.appended


@contextmanager
def at_the_end_all_stopped(workers: list[Worker]) -> Iterator[list[Worker]]:
    try:
        yield workers
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _work(path: str, author: int, events: int, told: Connection) -> None:
    clone = Clone(Path(path), Author(author))
    team = clone.team()
    for number in count():
        if number == events:
            break
        [event] = clone.append(1000 * author + number)
        told.send_bytes(event)
        if random.random() < SYNC_SHARE:
            _sync(team, told)
    _sync(team, told)


def _sync(team: Team, told: Connection) -> None:
    team.pull()
    team.push()
    told.send_bytes(_SYNCED)
