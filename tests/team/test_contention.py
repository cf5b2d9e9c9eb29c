"""Many clones and processes on one hub at once: what was acknowledged is everywhere after one sync of each."""

from itertools import count
from pathlib import Path

import pytest

from tests.log.world import git
from tests.team.clones import Clone, clone_of, events_at, is_sound, make_hub, tip_at
from tests.team.worker import Worker, at_the_end_all_stopped

CLONES, PROCESSES, EVENTS = 4, 2, 25
EVENTS_BESIDE_GC = 12


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return make_hub(tmp_path)


def team_of(hub: Path, directory: Path, size: int) -> list[Clone]:
    """Clones that all have the start event."""
    clones = [clone_of(hub, directory / f"clone{number}") for number in range(size)]
    clones[0].start()
    for clone in clones:
        clone.sync()
    return clones


def all_have(clones: list[Clone], events: set[bytes]) -> None:
    """One sync is enough."""
    for clone in clones:
        clone.sync()
        assert clone.ids() >= events


def all_agree(clones: list[Clone], hub: Path, events: set[bytes]) -> None:
    all_have(clones, events)
    assert {clone.tip() for clone in clones} == {tip_at(hub)}
    assert all(is_sound(each) for each in (hub, *(clone.path for clone in clones)))


def two_processes_in_each(clones: list[Clone], events: int) -> list[Worker]:
    return [
        Worker(clone, 1 + PROCESSES * number + process, events)
        for number, clone in enumerate(clones)
        for process in range(PROCESSES)
    ]


def test_four_clones_with_two_processes_each(hub: Path, tmp_path: Path) -> None:
    clones = team_of(hub, tmp_path, CLONES)
    workers = two_processes_in_each(clones, EVENTS)
    with at_the_end_all_stopped(workers):
        events = set().union(*(worker.whole() for worker in workers))
    assert len(events) == CLONES * PROCESSES * EVENTS
    all_agree(clones, hub, events)
    assert events_at(hub, tmp_path / "reader") >= events


def test_gc_and_prune_in_between_take_nothing(hub: Path, tmp_path: Path) -> None:
    clones = team_of(hub, tmp_path, CLONES)
    workers = two_processes_in_each(clones, EVENTS_BESIDE_GC)
    rounds = 0
    with at_the_end_all_stopped(workers):
        while any(worker.process.is_alive() for worker in workers):
            rounds += 1
            for clone in clones:
                git(clone.path, "gc", "--quiet", "--prune=now", ok=range(256))
                # The commits that the events are on are not here: for git, all notes are superfluous.
                git(clone.path, "notes", "--ref=kbis", "prune", ok=range(256))
        events = set().union(*(worker.whole() for worker in workers))
    assert rounds > 1
    assert len(events) == CLONES * PROCESSES * EVENTS_BESIDE_GC
    all_have(clones, events)
    # A prune may have been the last to write, and its healing is new history.
    all_agree(clones, hub, events)


def test_a_hub_that_is_set_back_again_and_again_costs_no_event(hub: Path, tmp_path: Path) -> None:
    clones = team_of(hub, tmp_path, 2)
    workers = [Worker(clone, 1 + number, EVENTS) for number, clone in enumerate(clones)]
    first = git(hub, "rev-list", "--max-parents=0", tip_at(hub)).strip()
    with at_the_end_all_stopped(workers):
        for turn in count():
            workers[0].process.join(0.2)
            options = ["-d", "refs/notes/kbis"] if turn % 2 else ["refs/notes/kbis", first]
            git(hub, "update-ref", *options, ok=range(256))
            if not any(worker.process.is_alive() for worker in workers):
                break
        events = set().union(*(worker.whole() for worker in workers))
    # The last to touch the hub was not one of us: it has all again when each has synced.
    for clone in clones:
        clone.sync()
    all_agree(clones, hub, events)
