"""Many clones and processes on one hub at once: what was acknowledged is everywhere after one sync of each."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.log.world import git
from tests.team.clones import Clone, clone_of, events_at, is_sound, make_hub, tip_at

CLONES, PROCESSES, EVENTS = 4, 2, 25
ROOT = Path(__file__).resolve().parents[2]


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


def working(clone: Clone, author: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.team.worker",
            str(clone.path),
            str(author),
            str(100 * author),
            str(count),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def acknowledged(worker: subprocess.Popen[str]) -> set[bytes]:
    """What a worker that ended well has appended."""
    with worker:
        said = worker.communicate()[0]
    assert worker.returncode == 0
    return {bytes.fromhex(line.split()[1]) for line in said.splitlines() if line.startswith("event")}


def all_agree(clones: list[Clone], hub: Path, events: set[bytes]) -> None:
    for clone in clones:
        clone.sync()
    for clone in clones:
        assert clone.ids() >= events
    assert {clone.tip() for clone in clones} == {tip_at(hub)}
    assert all(is_sound(each) for each in (hub, *(clone.path for clone in clones)))


def test_four_clones_with_two_processes_each(hub: Path, tmp_path: Path) -> None:
    clones = team_of(hub, tmp_path, CLONES)
    workers = [
        working(clone, 1 + PROCESSES * number + process, EVENTS)
        for number, clone in enumerate(clones)
        for process in range(PROCESSES)
    ]
    events = set().union(*(acknowledged(worker) for worker in workers))
    assert len(events) == CLONES * PROCESSES * EVENTS
    all_agree(clones, hub, events)
    assert events_at(hub, tmp_path / "reader") >= events


def test_gc_and_prune_in_between_take_nothing(hub: Path, tmp_path: Path) -> None:
    clones = team_of(hub, tmp_path, 2)
    workers = [working(clone, 1 + number, EVENTS) for number, clone in enumerate(clones)]
    while any(worker.poll() is None for worker in workers):
        for clone in clones:
            git(clone.path, "gc", "--quiet", "--prune=now", ok=range(256))
            # The commits that the events are on are not here: for git, all notes are superfluous.
            git(clone.path, "notes", "--ref=kbis", "prune", ok=range(256))
    events = set().union(*(acknowledged(worker) for worker in workers))
    assert len(events) == 2 * EVENTS
    all_agree(clones, hub, events)


def test_a_hub_that_is_set_back_again_and_again_costs_no_event(hub: Path, tmp_path: Path) -> None:
    clones = team_of(hub, tmp_path, 2)
    workers = [working(clone, 1 + number, EVENTS) for number, clone in enumerate(clones)]
    first = git(hub, "rev-list", "--max-parents=0", tip_at(hub)).strip()
    turn = 0
    while any(worker.poll() is None for worker in workers):
        try:
            workers[0].wait(0.2)
        except subprocess.TimeoutExpired:
            turn += 1
        options = ["-d", "refs/notes/kbis"] if turn % 2 else ["refs/notes/kbis", first]
        git(hub, "update-ref", *options, ok=range(256))
    events = set().union(*(acknowledged(worker) for worker in workers))
    for clone in clones:
        clone.sync()
    all_agree(clones, hub, events)
