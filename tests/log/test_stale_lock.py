"""A lock whose holder was killed is removed; one whose holder lives is not, however old it is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.log import refs, stale_lock
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from kbis.log.stale_lock import STALE_LOCK_S, break_if_stale, possible_holders
from tests.log.world import LOG, NOTES, a_commit, git, ids_counted, make_repository, open_log, started

HOLD = """
import sys, time, pygit2
from pathlib import Path
repo = pygit2.Repository(sys.argv[1])
with repo.transaction() as moving:
    moving.lock_ref(sys.argv[2])
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    root = make_repository(tmp_path / "repo")
    started(open_log(tmp_path / "repo"), root)
    return tmp_path / "repo"


def append(path: Path) -> bytes:
    log = open_log(path)
    [(start, *_)] = log.counted().bisections.values()
    [event] = log.append(start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    return event.id


def lock_of(path: Path, ref: str) -> Path:
    return path / ".git" / f"{ref}.lock"


def grow_old(lock: Path) -> None:
    long_ago = time.time() - 2 * STALE_LOCK_S
    os.utime(lock, (long_ago, long_ago))


@pytest.mark.parametrize("ref", [LOG, NOTES])
def test_what_a_kill_in_mid_update_leaves_is_removed_once_it_is_old(
    path: Path, ref: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path), ref], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGKILL)
    lock = lock_of(path, ref)
    assert lock.exists()
    grow_old(lock)
    event = append(path)
    assert event in ids_counted(open_log(path))
    assert not lock.exists()
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


@pytest.fixture
def prepared(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A git that has prepared a transaction on the published ref, and waits to be told to commit it."""
    about = git(path, "rev-parse", "main").strip()
    git(path, "notes", "--ref=mine", "add", "-m", "Tested-by: Ann", about)
    with subprocess.Popen(
        ["git", "update-ref", "--stdin"], cwd=path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write(b"start\nupdate %s refs/notes/mine\nprepare\n" % NOTES.encode())
        holder.stdin.flush()
        assert holder.stdout.readline() == b"start: ok\n"
        assert holder.stdout.readline() == b"prepare: ok\n"
        yield holder
        holder.kill()


def test_a_lock_that_git_holds_is_not_stolen_however_old_it_is(
    path: Path, prepared: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale_lock, "STALE_LOCK_S", 0.0)
    monkeypatch.setattr(refs, "PATIENCE_S", 0.2)
    assert list(possible_holders(lock_of(path, NOTES).stat().st_mtime, path / ".git")) == [prepared.pid]
    event = append(path)
    assert event in ids_of_what_was_seen(path)
    assert lock_of(path, NOTES).exists()
    with pytest.raises(InfraError, match=f"{NOTES} cannot be moved") as caught:
        open_log(path).counted()
    assert f"process {prepared.pid}" in caught.value.hint
    out, _ = prepared.communicate(b"commit\n")
    assert out == b"commit: ok\n"
    # git has put its own notes in place of ours; they are united.
    assert event in ids_counted(open_log(path))
    assert "Tested-by: Ann" in git(path, "notes", "--ref=kbis", "show", "main")


def ids_of_what_was_seen(path: Path) -> set[bytes]:
    """What the log holds, in a clone that cannot publish it."""
    git(path, "update-ref", "refs/notes/copy", LOG)
    log = open_log(path)
    log._reader.refresh(log._store.repo.references["refs/notes/copy"].peel().tree_id)
    return {placed.event.id for placed in log._reader.placed()}


def test_a_lock_of_a_git_that_was_killed_is_removed(
    path: Path, prepared: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared.kill()
    prepared.wait()
    grow_old(lock_of(path, NOTES))
    assert append(path) in ids_counted(open_log(path))
    assert not lock_of(path, NOTES).exists()


def test_git_that_came_later_or_works_elsewhere_or_only_reads_holds_nothing(
    path: Path, tmp_path: Path
) -> None:
    lock = lock_of(path, NOTES)
    lock.touch()
    grow_old(lock)
    make_repository(tmp_path / "other")

    def waiting(where: Path, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["git", *command], cwd=where, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )

    with (
        waiting(path, "update-ref", "--stdin") as later,
        waiting(tmp_path / "other", "update-ref", "--stdin") as elsewhere,
        waiting(path, "cat-file", "--batch") as reader,
    ):
        assert list(possible_holders(lock.stat().st_mtime, path / ".git")) == []
        assert list(possible_holders(time.time(), path / ".git")) == [later.pid]
        for process in (elsewhere, reader):
            assert process.poll() is None
        assert break_if_stale(lock, path / ".git")
        for process in (later, elsewhere, reader):
            process.communicate()


def test_git_in_a_linked_worktree_may_hold_a_lock(path: Path, tmp_path: Path) -> None:
    git(path, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "main")
    with subprocess.Popen(
        ["git", "update-ref", "--stdin"], cwd=tmp_path / "linked", stdin=subprocess.PIPE
    ) as holder:
        assert list(possible_holders(time.time(), path / ".git")) == [holder.pid]
        holder.communicate()
