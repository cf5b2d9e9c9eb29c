"""Opening repositories of every shape, and a plain word where one cannot be used."""

from pathlib import Path

import pytest

from kbis.errors import InfraError, UserError
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from kbis.log.repository import NO_ROOT, open_repository
from tests.log.world import LOG, NOTES, a_commit, commit, git, ids_counted, make_repository, open_log, started


def refused(path: Path, why: str, hint: str) -> None:
    with pytest.raises(UserError, match=why) as caught:
        open_repository(path)
    assert str(path) in str(caught.value)
    assert hint in caught.value.hint


def test_a_directory_without_a_repository_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "is not in a git repository", "-C DIRECTORY")
    refused(tmp_path / "absent", "is not in a git repository", "-C DIRECTORY")


def test_a_repository_with_sha256_names_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256")
    refused(tmp_path, "uses SHA-256 object names, which libgit2 cannot read", "--object-format=sha1")


def test_a_repository_with_reftable_is_refused(tmp_path: Path) -> None:
    """Made by git where it can (since 2.45); else by the one setting that git would write."""
    made = git(tmp_path, "init", "--quiet", "--ref-format=reftable", ok=(0, 129))
    if not (tmp_path / ".git/reftable").exists():
        assert made == ""
        git(tmp_path, "init", "--quiet")
        git(tmp_path, "config", "core.repositoryFormatVersion", "1")
        git(tmp_path, "config", "extensions.refStorage", "reftable")
    refused(tmp_path, "keeps its refs as reftable, which libgit2 cannot read", "git refs migrate")


def test_a_shallow_clone_is_refused_until_it_is_whole(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "whole")
    commit(tmp_path / "whole", "second", root.hex())
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{tmp_path}/whole", "shallow")
    refused(tmp_path / "shallow", "is a shallow clone", "git fetch --unshallow")
    git(tmp_path / "shallow", "fetch", "--quiet", "--unshallow")
    assert (
        open_repository(tmp_path / "shallow").root(
            bytes.fromhex(git(tmp_path / "shallow", "rev-parse", "HEAD"))
        )
        == root
    )


def test_a_broken_repository_is_named_with_the_reason(tmp_path: Path) -> None:
    make_repository(tmp_path)
    (tmp_path / ".git/config").write_text("[core\n")
    refused(tmp_path, "cannot be opened", "git status")


def test_a_bare_repository_holds_a_log(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "--bare")
    start = started(open_log(tmp_path), root)
    assert ids_counted(open_log(tmp_path)) == {start.id}
    assert start.id.hex() not in git(tmp_path, "notes", "--ref=kbis", "list")


def test_a_directory_inside_a_work_tree_finds_the_repository(tmp_path: Path) -> None:
    make_repository(tmp_path)
    (tmp_path / "drivers/usb").mkdir(parents=True)
    assert open_repository(tmp_path / "drivers/usb").directory == (tmp_path / ".git").resolve()


def test_linked_worktrees_share_one_log_and_one_lock(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "main")
    git(tmp_path / "main", "worktree", "add", "--quiet", "--detach", "../linked", "main")
    start = started(open_log(tmp_path / "main"), root)
    linked = open_log(tmp_path / "linked")
    assert linked.repository.directory == open_repository(tmp_path / "main").directory
    [event] = linked.append(root, start.id, [start], [Draft(a_commit(1), Boot("ok"))])
    assert ids_counted(open_log(tmp_path / "main")) == {start.id, event.id}
    for ref in (NOTES, LOG):
        assert git(tmp_path / "main", "rev-parse", ref) == git(tmp_path / "linked", "rev-parse", ref)
    assert not list((tmp_path / "main/.git/worktrees").rglob("kbis*"))


def test_a_repository_without_a_user_name_takes_events(tmp_path: Path, home: Path) -> None:
    root = make_repository(tmp_path)
    (home / ".gitconfig").write_text("")
    assert started(open_log(tmp_path), root).id in ids_counted(open_log(tmp_path))


def test_packed_refs_are_no_obstacle(tmp_path: Path) -> None:
    root = make_repository(tmp_path)
    start = started(open_log(tmp_path), root)
    git(tmp_path, "pack-refs", "--all", "--prune")
    log = open_log(tmp_path)
    [event] = log.append(root, start.id, [start], [Draft(root, Boot("ok"))])
    assert ids_counted(open_log(tmp_path)) == {start.id, event.id}


def test_an_empty_repository_has_an_empty_log(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    counted = open_log(tmp_path).counted()
    assert (counted.bisections, counted.ignored) == ({}, ())
    assert git(tmp_path, "for-each-ref") == ""


def test_a_repository_is_named_by_the_end_of_its_first_parents(tmp_path: Path) -> None:
    root = make_repository(tmp_path)
    other = commit(tmp_path, "another root")
    merge = commit(tmp_path, "merge", root.hex(), other)
    last = commit(tmp_path, "last", merge)
    repository = open_repository(tmp_path)
    assert repository.root(bytes.fromhex(last)) == root
    assert repository.root(bytes.fromhex(other)) == bytes.fromhex(other)
    assert repository.has_root(root)
    assert repository.has_root(NO_ROOT)
    assert not repository.has_root(a_commit(1))


def test_only_a_commit_that_is_here_has_a_root(tmp_path: Path) -> None:
    make_repository(tmp_path)
    repository = open_repository(tmp_path)
    blob = repository.git.create_blob(b"x")
    for absent in (a_commit(1), blob.raw):
        with pytest.raises(UserError, match=f"The commit {absent.hex()} is not in"):
            repository.root(absent)


def test_refs_in_the_way_of_the_notes_ref_are_reported(tmp_path: Path) -> None:
    root = make_repository(tmp_path)
    git(tmp_path, "update-ref", f"{NOTES}/deeper", "main")
    start = started(open_log(tmp_path), root)
    with pytest.raises(InfraError, match=f"The ref {NOTES} cannot be moved"):
        open_log(tmp_path).counted()
    git(tmp_path, "update-ref", "-d", f"{NOTES}/deeper")
    assert ids_counted(open_log(tmp_path)) == {start.id}
