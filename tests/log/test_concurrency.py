"""Many writers at once, kbis and git beside each other: whatever was acknowledged is there."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.log import refs
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from kbis.log.lock import exclusive
from kbis.log.recent import KEPT_SLOTS, SLOT_S
from kbis.log.stale_lock import STALE_LOCK_S
from tests.log.world import LOG, NOTES, Author, a_commit, git, ids_counted, make_repository, open_log, started

ROOT = Path(__file__).resolve().parents[2]
EVERYBODY = [Author(n) for n in range(1, 10)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    root = make_repository(tmp_path / "repo")
    started(open_log(tmp_path / "repo"), root)
    return tmp_path / "repo"


def appender(path: Path, author: int, most: int, objects: int = 40) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.log.appender", str(path), str(author), str(most), str(objects)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


def acknowledged(process: subprocess.Popen[bytes]) -> set[bytes]:
    said = process.communicate()[0].split()
    return {bytes.fromhex(word.decode()) for word in said[1:]}


def test_eight_processes_of_two_hundred_appends_lose_none(path: Path) -> None:
    processes = [appender(path, author, 200) for author in range(1, 9)]
    said = [acknowledged(process) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8
    assert [len(ids) for ids in said] == [200] * 8
    log = open_log(path, trusted=EVERYBODY)
    assert len(ids_counted(log)) == 1601
    assert set().union(*said) <= ids_counted(log)
    assert log.counted().ignored == ()
    git(path, "fsck", "--strict", "--no-dangling")
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


def beside(path: Path, deed: Callable[[int], object], stop: threading.Event) -> threading.Thread:
    def run() -> None:
        n = 0
        while not stop.wait(0.01):
            deed(n)
            n += 1

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_git_notes_append_beside_loses_none_of_ours(path: Path) -> None:
    """git notes does not compare before it swaps, so it takes our events off the published ref again and again."""
    stop = threading.Event()

    def by_git(n: int) -> None:
        about = git(path, "rev-parse", "main").strip()
        git(path, "notes", "--ref=kbis", "append", "-m", f"Tested-by: {n}", about, ok=(0, 1, 128, 255))

    threads = [beside(path, by_git, stop) for _ in range(2)]
    try:
        processes = [appender(path, author, 30) for author in range(1, 5)]
        said = [acknowledged(process) for process in processes]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [len(ids) for ids in said] == [30] * 4
    log = open_log(path, trusted=EVERYBODY)
    assert set().union(*said) <= ids_counted(log)
    assert {each.reason for each in log.counted().ignored} == {"foreign line"}
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


def test_gc_that_prunes_everything_beside_loses_none(path: Path) -> None:
    """git prune deletes whatever no ref led to when it looked, our newest objects among it."""
    stop = threading.Event()
    threads = [
        beside(path, lambda n: git(path, "prune", "--expire=now", ok=(0, 128)), stop),
        beside(path, lambda n: git(path, "repack", "-a", "-d", "-q", ok=(0, 1, 128, 255)), stop),
    ]
    try:
        processes = [appender(path, author, 40) for author in range(1, 4)]
        said = [acknowledged(process) for process in processes]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [process.returncode for process in processes] == [0] * 3
    log = open_log(path, trusted=EVERYBODY)
    assert set().union(*said) <= ids_counted(log)
    # What nobody has missed yet, a commit in the middle of the history, is put back when it is looked for.
    os.utime(path / ".git/kbis/recent", (0, 0))
    assert set().union(*said) <= ids_counted(open_log(path, trusted=EVERYBODY))
    git(path, "fsck", "--strict", "--no-dangling")


def newest_objects(path: Path, before: set[Path]) -> set[Path]:
    return set((path / ".git/objects").glob("??/*")) - before


def test_objects_pruned_just_after_an_append_are_put_back(path: Path) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    before = set((path / ".git/objects").glob("??/*"))
    [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    # What `git prune` does, had it looked before and come to delete only now.
    for loose in newest_objects(path, before):
        loose.unlink()
    assert git(path, "rev-parse", "--verify", "--quiet", f"{LOG}^{{tree}}", ok=(1, 128)) == ""
    assert event.id in ids_counted(open_log(path))
    git(path, "fsck", "--strict", "--no-dangling")


def test_a_commit_pruned_from_the_middle_of_the_history_is_put_back_when_it_is_missed(path: Path) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    made = {start.id}
    for n in range(3):
        [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(n), Boot("ok"))])
        made.add(event.id)
    _, _, middle, oldest = git(path, "rev-list", LOG).split()
    (path / ".git/objects" / middle[:2] / middle[2:]).unlink()
    # A published ref that was rolled back: the history is walked to see that the log holds it.
    git(path, "update-ref", NOTES, oldest)
    assert ids_counted(open_log(path)) == made
    git(path, "fsck", "--strict", "--no-dangling")


def grown_older(path: Path, slots: int) -> Path:
    """Let what is held be held for so much longer; return where it is."""
    recent = path / ".git/kbis/recent"
    for slot in sorted(recent.iterdir()):
        slot.rename(recent / str(int(slot.name) - slots))
    return recent


def test_objects_are_put_back_before_they_are_let_go(path: Path) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    recent = grown_older(path, KEPT_SLOTS + 1)
    history = [path / ".git/objects" / oid[:2] / oid[2:] for oid in git(path, "rev-list", LOG).split()]
    history[-1].unlink()
    log.append(start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    assert history[-1].exists()
    assert min(int(slot.name) for slot in recent.iterdir()) > time.time() // SLOT_S - 2
    git(path, "fsck", "--strict", "--no-dangling")


def test_what_a_pack_has_is_let_go_soon_and_what_none_has_is_held(path: Path) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()

    def append(number: int) -> None:
        log.append(start.repository, start.id, [start], [Draft(a_commit(number), Boot("ok"))])

    append(1)
    git(path, "repack", "-d", "-q")
    append(2)
    loose = {each.parent.name + each.name for each in (path / ".git/objects").glob("??/*")}
    recent = grown_older(path, 2)
    append(3)
    old, _ = sorted(recent.iterdir())
    assert (
        {each.name for each in old.iterdir()} == loose & {each.name for each in recent.glob("*/*")} != set()
    )


def test_a_writer_goes_on_when_its_last_objects_were_pruned(path: Path) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    made = {start.id}
    for n in range(5):
        before = set((path / ".git/objects").glob("??/*"))
        [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(n), Boot("ok"))])
        made.add(event.id)
        for loose in sorted(newest_objects(path, before))[n::5]:
            loose.unlink()
    assert ids_counted(open_log(path)) == made


def test_two_logs_in_two_threads_take_turns(path: Path) -> None:
    logs = [open_log(path) for _ in range(4)]
    [(start, *_)] = logs[0].counted().bisections.values()
    made: list[bytes] = []

    def run(log: int) -> None:
        for n in range(15):
            [event] = logs[log].append(start.repository, start.id, [start], [Draft(a_commit(n), Boot("ok"))])
            made.append(event.id)

    threads = [threading.Thread(target=run, args=[log]) for log in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 60
    assert ids_counted(open_log(path)) == {start.id, *made}


@pytest.mark.parametrize("ref", [NOTES, LOG])
def test_a_lock_that_outlived_its_holder_is_broken(path: Path, ref: str) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    lock = path / ".git" / f"{ref}.lock"
    lock.touch()
    long_ago = time.time() - 2 * STALE_LOCK_S
    os.utime(lock, (long_ago, long_ago))
    [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    assert not lock.exists()
    assert event.id in ids_counted(open_log(path))
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


def test_a_lock_that_is_let_go_is_waited_for(path: Path) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    lock = path / ".git" / f"{LOG}.lock"
    lock.touch()
    timer = threading.Timer(0.2, lock.unlink)
    timer.start()
    [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    timer.join()
    assert event.id in ids_counted(open_log(path))


def test_a_lock_that_stays_fresh_is_reported_with_its_place(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    before = ids_counted(log)
    monkeypatch.setattr(refs, "PATIENCE_S", 0.05)
    lock = path / ".git" / f"{LOG}.lock"
    lock.touch()
    with pytest.raises(InfraError, match=r"refs/kbis/log cannot be moved") as caught:
        log.append(start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    assert str(lock) in caught.value.hint
    lock.unlink()
    assert ids_counted(open_log(path)) == before


def test_a_published_ref_that_cannot_be_moved_does_not_undo_an_append(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    monkeypatch.setattr(refs, "PATIENCE_S", 0.05)
    lock = path / ".git" / f"{NOTES}.lock"
    lock.touch()
    [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    with pytest.raises(InfraError, match="refs/notes/kbis cannot be moved"):
        open_log(path).counted()
    lock.unlink()
    assert event.id in ids_counted(open_log(path))
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


def test_our_own_lock_is_dropped_with_its_holder(path: Path) -> None:
    script = "import sys, time, pathlib\nfrom kbis.log.lock import exclusive\n"
    script += (
        "with exclusive(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)\n"
    )
    lock = path / ".git/kbis/lock"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdout=subprocess.PIPE, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
        holder.wait()
    with exclusive(lock):
        assert lock.exists()
