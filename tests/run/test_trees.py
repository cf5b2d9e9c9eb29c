from pathlib import Path

import pytest

from kbis.bisect.fold import Bisection, fold
from kbis.bisect.kernels import Trees
from kbis.errors import InfraError
from kbis.log.event import Event
from kbis.log.kinds import Boot, Start
from kbis.log.repository import open_repository
from kbis.run.terrain import Ground
from kbis.run.trees import load_trees
from tests.facts import Facts
from tests.run.wheel import git


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, dict[str, bytes]]:
    """A line of commits: one, two, an empty one, three, and a revert of three."""
    git(tmp_path, "init", "-q")
    commits = {}
    for name, content in (("one", "1"), ("two", "2"), ("empty", "2"), ("three", "3"), ("revert", "2")):
        (tmp_path / "file").write_text(content)
        git(tmp_path, "add", "file")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", name)
        commits[name] = bytes.fromhex(git(tmp_path, "rev-parse", "HEAD"))
    return tmp_path, commits


class Begun(Facts):
    """A bisection of real commits, in memory."""

    def __init__(self, bad: bytes, *goods: bytes) -> None:
        self.events: list[Event] = []
        self._add(bad, Start("git/1", 4, goods))

    def booted(self, revision: bytes) -> Bisection:
        self._add(revision, Boot("ok", reached="end"))
        found = fold(self.events)
        assert found is not None
        return found


def alike(trees: Trees, commits: dict[str, bytes]) -> list[set[str]]:
    names = {oid: name for name, oid in commits.items()}
    return [{names[each] for each in same} for same in trees.alike.values()]


def test_trees_are_those_of_the_commits(repository: tuple[Path, dict[str, bytes]]) -> None:
    where, commits = repository
    trees = load_trees(where, commits.values())
    for oid in commits.values():
        assert trees.of[oid].hex() == git(where, "rev-parse", f"{oid.hex()}^{{tree}}")
    assert alike(trees, commits) == [{"two", "empty", "revert"}]


def test_replaced_commits_have_the_tree_that_git_sees(repository: tuple[Path, dict[str, bytes]]) -> None:
    where, commits = repository
    git(where, "replace", commits["one"].hex(), commits["three"].hex())
    trees = load_trees(where, commits.values())
    assert trees.of[commits["one"]] == trees.of[commits["three"]]


def test_of_no_commit_there_is_no_tree(repository: tuple[Path, dict[str, bytes]]) -> None:
    assert load_trees(repository[0], []) == Trees()


def test_a_commit_that_is_not_here_is_an_error(repository: tuple[Path, dict[str, bytes]]) -> None:
    with pytest.raises(InfraError, match="rev-list"):
        load_trees(repository[0], [bytes(20)])


def test_the_ground_knows_the_trees_of_all_candidates_and_of_what_they_stand_on(
    repository: tuple[Path, dict[str, bytes]],
) -> None:
    where, commits = repository
    terrain = Ground(open_repository(where))(
        Begun(commits["revert"], commits["two"]).booted(commits["three"])
    )
    assert terrain.trees.of.keys() == {commits[name] for name in ("two", "empty", "three", "revert")}
    assert alike(terrain.trees, commits) == [{"two", "empty", "revert"}]


def test_without_a_good_end_only_what_was_tested_and_its_parents_are_read(
    repository: tuple[Path, dict[str, bytes]],
) -> None:
    where, commits = repository
    ground, begun = Ground(open_repository(where)), Begun(commits["revert"])
    terrain = ground(begun.booted(commits["three"]))
    assert terrain.trees.of.keys() == {commits["three"], commits["empty"]}
    later = ground(begun.booted(commits["two"]))
    assert later.graph is terrain.graph
    assert later.trees.of.keys() == {commits[name] for name in ("three", "empty", "two", "one")}
