"""A process that works in a clone without end, and shows what it is doing at every moment."""

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

from kbis.log import remote
from kbis.log.cache import VerifiedLines
from kbis.log.event import Event
from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot
from kbis.log.store import Store
from kbis.run.sync import Team
from tests.log.world import a_commit
from tests.team.clones import Clone

PHASES = ("append", "merge", "push", "cache write")
BETWEEN = "between them"

Board = mmap.mmap
"""One byte for each process: the number of its phase, from 1; 0 between them."""


def phase_at(board: Board, place: int) -> str:
    return PHASES[board[place] - 1] if board[place] else BETWEEN


@dataclass
class Watch:
    """Shows the phases on the board, and rings when the one that is aimed at begins, after it was skipped so often."""

    aim: str
    skipped: int
    board: Board
    place: int
    bell: int

    def begin(self) -> None:
        """Watch this process from now on."""
        self._mark(Store, "add", "append", lambda *_: True)
        self._mark(EventLog, "absorb", "merge", lambda _, fetched, *rest: fetched is not None)
        self._mark(remote, "push", "push", lambda *_: True)
        self._mark(VerifiedLines, "add", "cache write", lambda _, lines: bool(lines))

    def _mark(self, owner: Any, name: str, phase: str, counts: Callable[..., bool]) -> None:
        given = getattr(owner, name)

        def marking(*arguments: Any, **named: Any) -> Any:
            if not counts(*arguments):
                return given(*arguments, **named)
            before = self.board[self.place]
            self.board[self.place] = 1 + PHASES.index(phase)
            self._ring(phase)
            try:
                return given(*arguments, **named)
            finally:
                self.board[self.place] = before

        setattr(owner, name, marking)

    def _ring(self, phase: str) -> None:
        if phase == self.aim:
            if self.skipped == 0:
                os.write(self.bell, b"!")
            self.skipped -= 1


@dataclass(frozen=True)
class Prey:
    """A clone, open."""

    path: Path
    log: EventLog
    team: Team

    @classmethod
    def of(cls, clone: Clone) -> Self:
        session = clone.session()
        return cls(clone.path, session.log, Team(session, None, clone.path, tell=lambda _: None))

    def work(self, start: Event, watch: Watch, tell: int) -> None:
        """Work without end, mostly at what is aimed at; tell the ids of events, and when all of them are sent."""
        watch.begin()
        for number in count():
            draft = Draft(a_commit(number % 40), Boot("crash", title=f"crash {number}"))
            [event] = self.log.append(start.repository, start.id, [start], [draft])
            os.write(tell, event.id.hex().encode() + b"\n")
            if watch.aim in ("merge", "push"):
                self.team.pull()
            if watch.aim == "push":
                self.team.push()
                os.write(tell, b"sent\n")
            if watch.aim == "cache write":
                self.log.counted()
