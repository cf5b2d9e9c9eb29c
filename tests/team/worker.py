"""Processes that record and trade at the same time, and can be killed."""

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.log.world import Author
from tests.team.clones import Clone

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.team.worker"])

ENDLESS = -1


class Worker:
    """A process that appends events to a clone and syncs after some of them, and after the last.

    Args:
        clone: Where.
        author: Who signs, and where the numbers of its events begin.
        events: How many to append, or `ENDLESS`.
    """

    def __init__(self, clone: Clone, author: int, events: int) -> None:
        self._events, told = _CONTEXT.Pipe(duplex=False)
        self.process: ForkServerProcess = _CONTEXT.Process(
            target=_work, args=(str(clone.path), author, events, told), daemon=True
        )
        self.process.start()
        told.close()

    def acknowledged(self) -> Iterator[bytes]:
        """Yield the events whose append has returned, as they come, to the end of the process."""
        try:
            while True:
                yield self._events.recv_bytes()
        except EOFError:
            self.process.join()

    def whole(self) -> set[bytes]:
        """Wait for the end, which must be a good one; return all events."""
        events = set(self.acknowledged())
        assert self.process.exitcode == 0
        return events


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
        if random.random() < 0.3:
            team.pull()
            team.push()
    team.pull()
    team.push()
