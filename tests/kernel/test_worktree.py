import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbis.errors import InfraError, UserError
from kbis.kernel.slot import Slot, take_slot
from kbis.kernel.worktree import checkout
from tests.kernel.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo with space")


@pytest.fixture
def slot(repository: Repository) -> Iterator[Slot]:
    with take_slot(repository.git_dir / "kbis" / "work", repository.git_dir) as taken:
        yield taken


def tree(directory: Path) -> dict[str, str]:
    """Every file below a directory but git's own, with its content."""
    files = (p for p in directory.rglob("*") if p.is_file() and p.name != ".git")
    return {str(p.relative_to(directory)): p.read_text() for p in files}


@pytest.fixture
def revisions(repository: Repository) -> tuple[str, str]:
    one = repository.commit({"a.c": "one", "same.c": "same", "old/gone.c": "x", ".gitignore": "*.o\n"})
    two = repository.commit({"a.c": "two", "old/gone.c": None, "new/come.c": "y"})
    return one, two


ONE = {"a.c": "one", "same.c": "same", "old/gone.c": "x", ".gitignore": "*.o\n"}
TWO = {"a.c": "two", "same.c": "same", "new/come.c": "y", ".gitignore": "*.o\n"}


def test_exactly_the_tree_of_the_revision_is_left(slot: Slot, revisions: tuple[str, str]) -> None:
    assert tree(checkout(slot, revisions[0])) == ONE
    assert tree(checkout(slot, revisions[1])) == TWO
    assert tree(checkout(slot, revisions[0])) == ONE


def test_leftovers_of_any_kind_are_removed(slot: Slot, revisions: tuple[str, str]) -> None:
    source = checkout(slot, revisions[0])
    (source / "a.c").write_text("edited")
    (source / "same.c").unlink()
    (source / "left.o").write_text("ignored by .gitignore")
    (source / "nested").mkdir()
    subprocess.run(["git", "init", "-q", str(source / "nested")], check=True)
    (source / "nested" / "file").write_text("in a repository of its own")
    assert tree(checkout(slot, revisions[0])) == ONE
    assert not (source / "nested").exists()


def test_a_file_that_does_not_change_keeps_its_time_stamp(slot: Slot, revisions: tuple[str, str]) -> None:
    source = checkout(slot, revisions[0])
    before = (source / "same.c").stat().st_mtime_ns, (source / "a.c").stat().st_mtime_ns
    time.sleep(0.02)
    checkout(slot, revisions[1])
    assert (source / "same.c").stat().st_mtime_ns == before[0]
    assert (source / "a.c").stat().st_mtime_ns > before[1]


def test_the_users_checkout_and_branch_are_left_alone(
    slot: Slot, repository: Repository, revisions: tuple[str, str]
) -> None:
    (repository.path / "a.c").write_text("the user's own work")
    checkout(slot, revisions[0])
    assert (repository.path / "a.c").read_text() == "the user's own work"
    assert repository.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert repository.git("rev-parse", "HEAD") == revisions[1]


def test_settings_and_hooks_of_the_user_do_not_change_what_is_left(
    slot: Slot, repository: Repository, revisions: tuple[str, str], home: Path
) -> None:
    hook = repository.git_dir / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho ran > '{home}/hook-ran'\n")
    hook.chmod(0o755)
    repository.git("config", "core.autocrlf", "true")
    repository.git("config", "core.attributesFile", str(home / "attributes"))
    (home / "attributes").write_text("*.c text eol=crlf ident\n")
    repository.git("sparse-checkout", "set", "--no-cone", "/new/")
    assert tree(checkout(slot, revisions[0])) == ONE
    assert not (home / "hook-ran").exists()


def test_git_variables_of_a_calling_hook_are_not_followed(
    slot: Slot, revisions: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert tree(checkout(slot, revisions[0])) == ONE
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize("deleted", ["source", "source/.git", "source/a.c", ""])
def test_what_was_deleted_under_us_is_made_again(
    slot: Slot, revisions: tuple[str, str], deleted: str
) -> None:
    checkout(slot, revisions[0])
    path = slot.directory / deleted
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert tree(checkout(slot, revisions[1])) == TWO


def test_a_worktree_deleted_and_pruned_is_made_again(
    slot: Slot, repository: Repository, revisions: tuple[str, str]
) -> None:
    checkout(slot, revisions[0])
    shutil.rmtree(slot.source)
    repository.git("worktree", "prune")
    assert tree(checkout(slot, revisions[1])) == TWO


def test_a_worktree_that_git_no_longer_knows_is_made_again(
    slot: Slot, repository: Repository, revisions: tuple[str, str]
) -> None:
    checkout(slot, revisions[0])
    shutil.rmtree(repository.git_dir / "worktrees")
    assert tree(checkout(slot, revisions[1])) == TWO


@pytest.mark.parametrize("damaged", ["HEAD", "index", "commondir", "gitdir"])
def test_a_damaged_worktree_is_made_again(
    slot: Slot, repository: Repository, revisions: tuple[str, str], damaged: str
) -> None:
    checkout(slot, revisions[0])
    (repository.git_dir / "worktrees" / "source" / damaged).write_bytes(b"\0\0")
    assert tree(checkout(slot, revisions[1])) == TWO


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock"])
def test_the_lock_of_a_dead_git_is_removed(
    slot: Slot, repository: Repository, revisions: tuple[str, str], name: str
) -> None:
    checkout(slot, revisions[0])
    (repository.git_dir / "worktrees" / "source" / name).write_bytes(b"")
    assert tree(checkout(slot, revisions[1])) == TWO


def test_the_lock_of_a_living_git_is_respected(
    slot: Slot, repository: Repository, revisions: tuple[str, str]
) -> None:
    checkout(slot, revisions[0])
    lock = repository.git_dir / "worktrees" / "source" / "index.lock"
    with lock.open("w"), pytest.raises(InfraError, match=f"process {os.getpid()}"):
        checkout(slot, revisions[1])
    assert lock.exists()


def test_a_checkout_killed_at_any_moment_is_mended(slot: Slot, repository: Repository) -> None:
    many = {f"d{n % 7}/f{n}.c": f"{n}\n" for n in range(400)}
    one = repository.commit(many)
    two = repository.commit({name: content + "more\n" for name, content in many.items()})
    script = (
        "import sys; from pathlib import Path; from kbis.kernel.slot import take_slot\n"
        "from kbis.kernel.worktree import checkout\n"
        "with take_slot(Path(sys.argv[1]), Path(sys.argv[2])) as slot:\n"
        "    print('go', flush=True)\n"
        "    for revision in sys.argv[3:] * 100: checkout(slot, revision)"
    )
    work = repository.git_dir / "kbis" / "killed"
    command = [sys.executable, "-c", script, str(work), str(repository.git_dir), one, two]
    for delay_ms in (30, 60, 90, 120, 160, 200):
        victim = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep(delay_ms / 1000)
        victim.kill()
        victim.communicate()
        with take_slot(work, repository.git_dir) as again:
            assert tree(checkout(again, one)) == many


def test_a_half_made_worktree_is_made_again(
    slot: Slot, repository: Repository, revisions: tuple[str, str]
) -> None:
    checkout(slot, revisions[0])
    admin = repository.git_dir / "worktrees" / "source"
    (admin / "locked").write_text("initializing\n")
    (admin / "index").unlink()
    (slot.source / "a.c").unlink()
    assert tree(checkout(slot, revisions[1])) == TWO
    assert not (admin / "locked").exists()


def test_a_worktree_locked_by_the_user_is_left_alone(
    slot: Slot, repository: Repository, revisions: tuple[str, str]
) -> None:
    source = checkout(slot, revisions[0])
    repository.git("worktree", "lock", "--reason", "looking at it", str(source))
    with pytest.raises(UserError, match=r"is locked \(looking at it\)") as raised:
        checkout(slot, revisions[1])
    assert tree(source) == ONE
    command = raised.value.hint.removeprefix("Unlock it: ")
    subprocess.run(command, shell=True, check=True)
    assert tree(checkout(slot, revisions[1])) == TWO


def test_a_copied_repository_does_not_touch_the_first_ones_worktree(
    slot: Slot, repository: Repository, revisions: tuple[str, str], tmp_path: Path
) -> None:
    first = checkout(slot, revisions[0])
    shutil.copytree(repository.path, tmp_path / "copy", symlinks=True)
    copied = tmp_path / "copy" / ".git"
    with take_slot(copied / "kbis" / "work", copied) as other:
        assert tree(checkout(other, revisions[1])) == TWO
        assert other.source != first
    assert tree(first) == ONE
    assert repository.git("-C", str(first), "rev-parse", "HEAD") == revisions[0]


def test_an_unknown_revision_is_the_users_error(slot: Slot, revisions: tuple[str, str]) -> None:
    source = checkout(slot, revisions[0])
    with pytest.raises(UserError, match="Revision 123412341234 is not in this repository"):
        checkout(slot, "1234" * 10)
    assert tree(source) == ONE
    with pytest.raises(UserError, match="not a full commit id"):
        checkout(slot, "--orphan")


def test_a_revision_beyond_a_shallow_clone_says_how_to_get_it(
    repository: Repository, revisions: tuple[str, str], tmp_path: Path
) -> None:
    url = f"file://{repository.path}"
    repository.git("clone", "-q", "--depth=1", url, str(tmp_path / "shallow"))
    git_dir = tmp_path / "shallow" / ".git"
    with take_slot(tmp_path / "work", git_dir) as slot:
        assert tree(checkout(slot, revisions[1])) == TWO
        with pytest.raises(UserError, match="shallow repository") as raised:
            checkout(slot, revisions[0])
    assert "git fetch --unshallow" in raised.value.hint


def test_a_partial_clone_without_its_remote_says_so(
    repository: Repository, revisions: tuple[str, str], tmp_path: Path
) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{repository.path}"
    repository.git("clone", "-q", "--filter=blob:none", url, str(tmp_path / "partial"))
    repository.path.rename(tmp_path / "gone")
    git_dir = tmp_path / "partial" / ".git"
    with (
        take_slot(tmp_path / "work", git_dir) as slot,
        pytest.raises(InfraError, match="partial clone and could not be fetched"),
    ):
        checkout(slot, revisions[0])


def test_a_full_disk_is_the_labs_error(repository: Repository, tmp_path: Path) -> None:
    revision = repository.commit({"big": "x" * 3_000_000})
    script = (
        "import sys; from pathlib import Path; from kbis.errors import KbisError\n"
        "from kbis.kernel.slot import take_slot; from kbis.kernel.worktree import checkout\n"
        "try:\n"
        "    with take_slot(Path(sys.argv[1]), Path(sys.argv[2])) as slot: checkout(slot, sys.argv[3])\n"
        "except KbisError as error: print(type(error).__name__, error)"
    )
    work = tmp_path / "small"
    work.mkdir()
    inner = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
    command = [sys.executable, "-c", script, str(work), str(repository.git_dir), revision]
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", inner, "sh", str(work), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("a file system cannot be mounted here")
    assert done.stdout.startswith("InfraError The disk is full")
