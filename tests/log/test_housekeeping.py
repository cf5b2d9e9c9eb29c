"""What appends leave behind is tidied up by git, in the background, if the user lets it."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import pytest

from kbis.log.eventlog import Draft
from kbis.log.housekeeping import LOOK_EVERY
from kbis.log.kinds import Boot
from tests.log.world import LOG, NOTES, a_commit, git, ids_counted, make_repository, open_log, started

EVENTS = 2000
GC_AUTO = 512
PATIENCE_S = 120.0
OBJECTS_OF_ONE = 4
"""An event recorded alone is a note, its directory, the tree and the commit."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make_repository(tmp_path / "repo")
    return tmp_path / "repo"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where every git that is started notes its arguments.

    As long as there is `wait` beside it, maintenance waits; with `idle` it does nothing.
    """
    calls, wait, idle, own = tmp_path / "calls", tmp_path / "wait", tmp_path / "idle", shutil.which("git")
    calls.touch()
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$*" >>{calls}\ncase "$*" in *"maintenance run"*) '
        f'while [ -e {wait} ]; do sleep 0.05; done; [ ! -e {idle} ] || exit 0;; esac\nexec {own} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    yield calls
    wait.unlink(missing_ok=True)


def opened(path: Path) -> Callable[[int], bytes]:
    """Return what records one boot in a log that stays open, as a long run's does, and gives its id."""
    log = open_log(path)
    start = started(log, bytes.fromhex(git(path, "rev-parse", "main").strip()))

    def append(number: int) -> bytes:
        [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(number), Boot("ok"))])
        return event.id

    return append


def litter(path: Path) -> None:
    """Leave objects that nothing leads to in the directory by which git guesses how many there are."""
    contents = (b"litter %d" % number for number in count())
    ours = (each for each in contents if hashlib.sha1(b"blob %d\0%s" % (len(each), each)).digest()[0] == 0x17)
    for content in islice(ours, 3):
        git(path, "hash-object", "-w", "--stdin", stdin=content)


def loose(path: Path) -> int:
    # git may be removing directories meanwhile, and a walk passes over those.
    return sum(len(files) for at, _, files in os.walk(path / ".git/objects") if len(Path(at).name) == 2)


def test_thousands_of_events_do_not_leave_thousands_of_loose_objects(path: Path) -> None:
    git(path, "config", "gc.auto", str(GC_AUTO))
    # The worst that a user may wish: whatever no ref leads to goes at once, however new.
    git(path, "config", "gc.pruneExpire", "now")
    append = opened(path)
    made = {append(number % 500) for number in range(EVENTS)}
    # A gc that was on its way has left what came meanwhile to the next one.
    until = time.monotonic() + PATIENCE_S
    number = 0
    while loose(path) > GC_AUTO + LOOK_EVERY * OBJECTS_OF_ONE and time.monotonic() < until:
        made.add(append(number % 500))
        number += 1
        time.sleep(0.05)
    at_rest(path)
    assert loose(path) <= GC_AUTO + LOOK_EVERY * OBJECTS_OF_ONE
    # Nor do the links that hold them stay: twenty minutes later those of packed objects are let go.
    recent = path / ".git/kbis/recent"
    for slot in sorted(recent.iterdir()):
        slot.rename(recent / str(int(slot.name) - 2))
    made.add(append(1))
    assert len(list(recent.glob("*/*"))) <= loose(path)
    assert made < ids_counted(open_log(path))
    git(path, "fsck", "--strict", "--no-dangling")
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


def tries(calls: Path, expected: int) -> int:
    """How often git was started to tidy up; waits for so many, since they are started in the background."""
    until = time.monotonic() + PATIENCE_S
    while (found := calls.read_text().count("maintenance run")) < expected and time.monotonic() < until:
        time.sleep(0.05)
    return found


def at_rest(path: Path) -> None:
    """Wait until no gc is at work (builtin/gc.c, lock_repo_for_gc)."""
    until = time.monotonic() + PATIENCE_S
    while (path / ".git/gc.pid").exists() and time.monotonic() < until:
        time.sleep(0.05)


@pytest.mark.parametrize(
    "settings",
    [
        {"gc.auto": "0"},
        {"maintenance.auto": "false", "gc.auto": "64"},
        {"maintenance.auto": "no", "gc.auto": "1"},
    ],
    ids=str,
)
def test_nothing_is_touched_when_the_user_forbids_it(
    settings: dict[str, str], path: Path, calls: Path
) -> None:
    for name, value in settings.items():
        git(path, "config", name, value)
    append = opened(path)
    before = loose(path)
    for number in range(2 * LOOK_EVERY + 2):
        append(number % 7)
    assert loose(path) - before == OBJECTS_OF_ONE * (2 * LOOK_EVERY + 2)
    assert not list((path / ".git/objects/pack").glob("*"))
    assert tries(calls, 0) == 0


def test_git_is_not_started_for_nothing(path: Path, calls: Path) -> None:
    append = opened(path)
    for number in range(LOOK_EVERY + 2):
        append(number)
    assert "--git-dir" not in calls.read_text()


def test_an_append_does_not_wait_for_it(path: Path, calls: Path) -> None:
    git(path, "config", "gc.auto", "1")
    litter(path)
    calls.with_name("wait").touch()
    append = opened(path)
    made = {append(number) for number in range(3 * LOOK_EVERY)}
    # It has begun and cannot have ended.
    assert tries(calls, 1)
    assert not list((path / ".git/objects/pack").glob("*.pack"))
    assert made < ids_counted(open_log(path))


def test_after_git_failed_it_is_left_alone_for_a_day(path: Path, calls: Path) -> None:
    git(path, "config", "gc.auto", "1")
    litter(path)
    (path / ".git/gc.log").write_text("fatal: something is wrong\n")
    append = opened(path)
    for number in range(LOOK_EVERY + 2):
        append(number)
    assert tries(calls, 0) == 0
    days_ago(path / ".git/gc.log")
    for number in range(LOOK_EVERY):
        append(number)
    assert tries(calls, 1) == 1


def test_where_tidying_up_does_not_help_it_is_not_tried_again_and_again(path: Path, calls: Path) -> None:
    git(path, "config", "gc.auto", "256")
    litter(path)
    calls.with_name("idle").touch()

    first, second = opened(path), opened(path)
    assert tries(calls, 1) == 1
    first(1)
    second(1)
    for number in range(LOOK_EVERY):
        second(number)
    # So much was written by one process since that it may help now.
    assert tries(calls, 2) == 2
    days_ago(path / ".git/kbis/tidied")
    opened(path)
    assert tries(calls, 3) == 3


def days_ago(file: Path) -> None:
    os.utime(file, (time.time() - 3 * 86400,) * 2)


def test_packs_that_bulk_writes_leave_are_tidied_too(path: Path) -> None:
    git(path, "config", "gc.autoPackLimit", "5")
    log = open_log(path)
    start = started(log, bytes.fromhex(git(path, "rev-parse", "main").strip()))
    made = set()
    for turn in range(LOOK_EVERY + 1):
        drafts = [Draft(a_commit(number), Boot("crash", title=f"{turn}")) for number in range(60)]
        made |= {event.id for event in log.append(start.repository, start.id, [start], drafts)}
    until = time.monotonic() + PATIENCE_S
    while len(list((path / ".git/objects/pack").glob("*.pack"))) > 5 and time.monotonic() < until:
        time.sleep(0.05)
    at_rest(path)
    assert len(list((path / ".git/objects/pack").glob("*.pack"))) <= 5
    assert made < ids_counted(open_log(path))


def test_without_git_an_append_is_none_the_worse(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(path, "config", "gc.auto", "1")
    litter(path)
    append = opened(path)
    for number in range(LOOK_EVERY - 1):
        append(number)
    monkeypatch.setenv("PATH", str(tmp_path))
    event = append(1)
    monkeypatch.undo()
    assert event in ids_counted(open_log(path))
