"""Moving a ref is compare-and-swap: from where it was seen, or not at all."""

from pathlib import Path
from typing import Any

import pygit2
import pytest

from kbis.log import refs
from kbis.log.blobs import MissingObjectError
from kbis.log.refs import RefMovedError, move, tip
from tests.log.world import NOTES, commit, git, make_repository


@pytest.fixture
def repo(tmp_path: Path) -> pygit2.Repository:
    make_repository(tmp_path)
    return pygit2.Repository(str(tmp_path))


def moved(repo: pygit2.Repository, old: pygit2.Oid | None, new: pygit2.Oid) -> None:
    move(repo, Path(repo.path), NOTES, old, new)


def made(repo: pygit2.Repository, message: str) -> pygit2.Oid:
    return pygit2.Oid(hex=commit(Path(repo.path), message))


def test_a_ref_is_made_moved_and_found(repo: pygit2.Repository) -> None:
    first, second = made(repo, "first"), made(repo, "second")
    assert tip(repo, NOTES) is None
    moved(repo, None, first)
    assert tip(repo, NOTES) == first
    moved(repo, first, second)
    assert tip(repo, NOTES) == second


def test_a_ref_that_somebody_else_made_is_not_made_again(repo: pygit2.Repository) -> None:
    first, second = made(repo, "first"), made(repo, "second")
    git(Path(repo.path), "update-ref", NOTES, str(first))
    with pytest.raises(RefMovedError):
        moved(repo, None, second)
    assert tip(repo, NOTES) == first


def test_a_ref_that_somebody_else_moved_stays_there(repo: pygit2.Repository) -> None:
    first, second, third = (made(repo, name) for name in ("first", "second", "third"))
    moved(repo, None, first)
    git(Path(repo.path), "update-ref", NOTES, str(second))
    with pytest.raises(RefMovedError):
        moved(repo, first, third)
    assert tip(repo, NOTES) == second


def test_a_ref_that_somebody_else_deleted_stays_deleted(repo: pygit2.Repository) -> None:
    first, second = made(repo, "first"), made(repo, "second")
    moved(repo, None, first)
    git(Path(repo.path), "update-ref", "-d", NOTES)
    with pytest.raises(RefMovedError):
        moved(repo, first, second)
    assert tip(repo, NOTES) is None


def test_a_ref_never_leads_to_what_is_not_here(repo: pygit2.Repository) -> None:
    first = made(repo, "first")
    absent = pygit2.Oid(raw=b"\7" * 20)
    for old in (None, first):
        with pytest.raises(MissingObjectError):
            moved(repo, old, absent)
        if old is None:
            moved(repo, None, first)
    assert tip(repo, NOTES) == first


def test_a_symbolic_ref_is_followed(repo: pygit2.Repository) -> None:
    first, second = made(repo, "first"), made(repo, "second")
    moved(repo, None, first)
    git(Path(repo.path), "update-ref", "refs/notes/team", str(first))
    git(Path(repo.path), "symbolic-ref", NOTES, "refs/notes/team")
    moved(repo, first, second)
    assert tip(repo, NOTES) == tip(repo, "refs/notes/team") == second


def test_a_lock_that_went_while_we_looked_is_no_failure(
    repo: pygit2.Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program held the lock when we tried, and let it go, the ref unmoved, before we could see it."""
    first = made(repo, "first")
    swap, tries = refs._swap, iter([True, True, False])

    def held_twice(*where: Any) -> None:
        if next(tries):
            raise pygit2.GitError("failed to lock file for writing")
        swap(*where)

    monkeypatch.setattr(refs, "_swap", held_twice)
    moved(repo, None, first)
    assert tip(repo, NOTES) == first
