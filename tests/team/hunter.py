"""Kills working processes: `python -m tests.team.hunter KILLS HUB CLONE...`.

In each clone a process works without end. What it does at the moment stands in memory that is shared with us, so each
kill -9 is aimed at one phase, and counted for the phase that it really hit. The processes are forked from this one,
which has the clones open and does nothing in them: a kill costs no start-up. Prints, as one line of JSON, the kills by
phase and what had been acknowledged.
"""

import json
import mmap
import os
import random
import selectors
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from kbis.log.event import Event
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from tests.log.killer import grown_old
from tests.log.world import Author, a_commit, open_log
from tests.team.clones import AUTHORS, Clone
from tests.team.prey import PHASES, Board, Prey, Watch, phase_at

PATIENCE_S = 20.0
"""A process that does not come to its phase is killed wherever it is."""

MOST_SKIPPED = {"append": 3, "cache write": 3, "push": 1, "merge": 0}
"""So many times a phase may pass before the kill comes; there is something to merge once a turn."""

SHARE = 6
"""Each of the phases gets at least one of so many kills; a kill that misses its phase hits another."""

HUB_SIDE = {"upload-pack", "receive-pack", "git-upload-pack", "git-receive-pack"}
"""What runs at the hub, and outlives the client; with a hub on the same disk it is a descendant of ours."""


@dataclass
class Victim:
    """A process, where it works, what it tells and rings, and when it is to die."""

    place: int
    aim: str
    pid: int
    told: int
    bell: int
    kill_at: float = field(default_factory=lambda: time.monotonic() + PATIENCE_S)


@dataclass
class Hunt:
    """What was hit, and what had been said before.

    Attributes:
        kills: By phase.
        moment_s: How long each phase takes: it grows when a kill hits, and shrinks when it comes too late.
    """

    board: Board
    prey: list[Prey]
    start: Event
    rng: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    moment_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.005))
    with_git: int = 0
    locks_left: int = 0
    appended: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)

    def turn(self, aims: list[str]) -> None:
        """Let a process work in each clone, and kill each."""
        waiting = {victim.bell: victim for victim in map(self.released, range(len(self.prey)), aims)}
        with selectors.DefaultSelector() as bells:
            for bell in waiting:
                bells.register(bell, selectors.EVENT_READ)
            while waiting:
                now = time.monotonic()
                for victim in [each for each in waiting.values() if each.kill_at <= now]:
                    if victim.bell in bells.get_map():
                        bells.unregister(victim.bell)
                    self.killed(waiting.pop(victim.bell))
                soonest = min((each.kill_at for each in waiting.values()), default=now)
                for key, _ in bells.select(max(0.0, soonest - time.monotonic())):
                    bells.unregister(key.fd)
                    victim = waiting[key.fd]
                    victim.kill_at = time.monotonic() + self.rng.uniform(0, self.moment_s[victim.aim])
        self.locks_left += sum(grown_old(each.path) for each in self.prey)

    def released(self, place: int, aim: str) -> Victim:
        (told, tell), (bell, ring) = os.pipe(), os.pipe()
        skipped = self.rng.randint(0, MOST_SKIPPED[aim])
        self.board[place] = 0
        if pid := os.fork():
            os.close(tell)
            os.close(ring)
            return Victim(place, aim, pid, told, bell)
        try:
            self.prey[place].work(self.start, Watch(aim, skipped, self.board, place, ring), tell)
        finally:
            os._exit(1)

    def killed(self, victim: Victim) -> None:
        # Every other time git goes on alone, as it does when kbis alone is killed.
        with_git = self.rng.random() < 0.5
        for pid in family(victim.pid) if with_git else [victim.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(victim.pid, 0)
        assert os.WIFSIGNALED(status), f"it ended by itself: {status}"
        hit = phase_at(self.board, victim.place)
        self.kills[hit] += 1
        self.with_git += with_git
        self.moment_s[victim.aim] *= 1.1 if hit == victim.aim else 0.8
        os.close(victim.bell)
        with os.fdopen(victim.told, "rb") as said:
            self.heard(said.read().decode().split())

    def heard(self, words: list[str]) -> None:
        events: set[str] = set()
        for word in words:
            if word == "sent":
                self.sent |= events
            else:
                events.add(word)
        self.appended |= events


def hunt(kills: int, hub: Path, clones: list[Path]) -> Hunt:
    """Kill until work was hit so often, and each phase its share of that."""
    keeper = open_log(hub, Author(9), AUTHORS)
    [(start, *_)] = keeper.counted().bisections.values()
    prey = [Prey.of(Clone(path, Author(1 + place))) for place, path in enumerate(clones)]
    going = Hunt(mmap.mmap(-1, len(clones)), prey, start, random.Random(kills))
    for turn in count():
        fewest = sorted(PHASES, key=lambda phase: going.kills[phase])
        hits = sum(going.kills[phase] for phase in PHASES)
        if hits >= kills and going.kills[fewest[0]] >= kills // SHARE:
            return going
        # Something new at the hub, so that there is always something to merge.
        [event] = keeper.append(start.repository, start.id, [start], [Draft(a_commit(turn % 40), Boot("ok"))])
        going.heard([event.id.hex(), "sent"])
        going.turn(fewest[: len(clones)])
    raise AssertionError


def family(pid: int) -> list[int]:
    """A process and its descendants, but for the hub's."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    if HUB_SIDE & {Path(word).name for word in words}:
        return []
    return [pid, *(each for child in children for each in family(int(child)))]


if __name__ == "__main__":
    ended = hunt(int(sys.argv[1]), Path(sys.argv[2]), [Path(each) for each in sys.argv[3:]])
    report = {"kills": ended.kills, "with_git": ended.with_git, "locks_left": ended.locks_left}
    print(json.dumps({**report, "appended": sorted(ended.appended), "sent": sorted(ended.sent)}))
