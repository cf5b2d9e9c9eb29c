"""The history: the same for the same seed, real for git, and with one first bad commit."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kbis.demo.change import Replace
from kbis.demo.commit import Commit
from kbis.demo.fastimport import git_directory
from kbis.demo.grow import History
from kbis.demo.history import TRUTH, compose, make_history, read_planted, truth
from kbis.errors import UserError

SEEDS = range(40)


@pytest.fixture(scope="module")
def histories() -> dict[int, History]:
    return {seed: compose(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("history") / "toy"
    make_history(directory, 1)
    return directory


def git(directory: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=directory, capture_output=True, text=True, check=True
    ).stdout


def ancestors(history: History) -> dict[str, frozenset[str]]:
    """Every commit with itself and all its ancestors."""
    known: dict[str, frozenset[str]] = {}
    for commit in history.commits:
        known[commit.id] = frozenset({commit.id}).union(*(known[parent] for parent in commit.parents))
    return known


def has_the_bug(history: History, commit: Commit) -> bool:
    """Read it from the source, not from what was planned."""
    steps = [step for step in history.plan.culprit.steps if isinstance(step, Replace)]
    return all(f"\n{step.new}" in commit.tree.text(step.name) for step in steps)


def test_git_names_every_commit_as_computed(repository: Path) -> None:
    history = compose(1)
    assert set(git(repository, "rev-list", "--all").split()) == {commit.id for commit in history.commits}
    assert git(repository, "rev-parse", "main", "v1.0^{commit}", "v1.1-rc1^{commit}").split() == [
        history.commits[-1].id,
        history.tags["v1.0"],
        history.commits[-1].id,
    ]
    git(repository, "fsck", "--strict", "--no-dangling")


def test_the_working_tree_is_that_of_the_tip(repository: Path) -> None:
    assert git(repository, "status", "--short") == ""
    assert git(repository, "symbolic-ref", "HEAD") == "refs/heads/main\n"
    assert {"kbis.toml", "repro.txt", "Makefile"} <= {path.name for path in repository.iterdir()}


def test_the_recipe_and_the_reproducer_are_there_from_the_first_commit_on(repository: Path) -> None:
    root = git(repository, "rev-list", "--max-parents=0", "main").strip()
    assert git(repository, "diff", "--name-only", root, "main", "--", "kbis.toml", "repro.txt") == ""
    assert git(repository, "cat-file", "-t", f"{root}:repro.txt") == "blob\n"


def test_the_truth_is_kept_beside_the_history_and_nowhere_in_it(repository: Path) -> None:
    planted = read_planted(repository)
    assert planted == truth(compose(1), repository, 1)
    everything = git(repository, "log", "--all", "--format=%B", "-p", "--full-history")
    for secret in (planted.title, planted.unrelated_title, planted.culprit, TRUTH):
        assert secret not in everything


def test_hash_seeds_do_not_change_a_history() -> None:
    program = "from kbis.demo.history import compose; print(compose(5).commits[-1].id)"
    tips = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert tips == {compose(5).commits[-1].id}


def test_a_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(UserError, match="not empty"):
        make_history(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_repository_without_the_truth_is_no_demo(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(repository), str(other))
    with pytest.raises(UserError, match="no demo history"):
        read_planted(other)
    (git_directory(other) / TRUTH).write_text(json.dumps([]))
    with pytest.raises(UserError, match="no demo history"):
        read_planted(other)


def test_a_commit_has_the_bug_exactly_when_the_culprit_is_an_ancestor(histories: dict[int, History]) -> None:
    for seed, history in histories.items():
        known, culprit = ancestors(history), truth(history, Path(), seed).culprit
        for commit in history.commits:
            assert has_the_bug(history, commit) == (culprit in known[commit.id]), (seed, commit.id)


def test_the_ends_are_good_and_bad_and_the_culprit_lies_between(histories: dict[int, History]) -> None:
    for seed, history in histories.items():
        known, planted = ancestors(history), truth(history, Path(), seed)
        assert planted.good in known[planted.bad]
        assert planted.culprit in known[planted.bad] - known[planted.good]
        assert {commit.id for commit in history.commits} == known[planted.bad], "all is merged"


def test_the_culprit_and_its_parents_can_be_tested(histories: dict[int, History]) -> None:
    for seed, history in histories.items():
        planted = truth(history, Path(), seed)
        (culprit,) = (commit for commit in history.commits if commit.id == planted.culprit)
        assert not {culprit.id, *culprit.parents, planted.good, planted.bad} & {
            *planted.broken_builds,
            *planted.broken_boots,
        }


def test_broken_stretches_are_short_and_in_one_piece(histories: dict[int, History]) -> None:
    for seed, history in histories.items():
        planted = truth(history, Path(), seed)
        parents = {commit.id: commit.parents for commit in history.commits}
        for broken, stretches, most in (
            (planted.broken_builds, len(history.plan.broken_builds), 6),
            (planted.broken_boots, len(history.plan.broken_boots), 4),
        ):
            begins = [commit for commit in broken if not set(parents[commit]) & set(broken)]
            assert len(begins) == stretches
            assert 2 * stretches <= len(broken) <= most * stretches


def test_the_unrelated_crash_is_there_on_both_sides_of_the_culprit(histories: dict[int, History]) -> None:
    for seed, history in histories.items():
        plan, planted = history.plan, truth(history, Path(), seed)
        (culprit,) = (commit for commit in history.commits if commit.id == planted.culprit)
        where = [
            commit.id
            for commit in history.commits
            if plan.unrelated.subject in commit.carries and plan.unrelated_fix.subject not in commit.carries
        ]
        known = ancestors(history)
        assert len(set(where) & known[culprit.id]) > 5
        assert len([commit for commit in where if culprit.id in known[commit]]) > 5


def test_other_seeds_give_other_histories(histories: dict[int, History]) -> None:
    planted = [truth(history, Path(), seed) for seed, history in histories.items()]
    assert len({one.culprit for one in planted}) == len(planted)
    kinds = {one.title.split(" in ")[0] for one in planted}
    assert kinds == {
        "kernel BUG",
        "BUG: unable to handle kernel NULL pointer dereference",
        "BUG: unable to handle kernel paging request",
        "WARNING",
        "divide error",
        "general protection fault",
    }
    assert len({one.title for one in planted}) == 8
    assert all(one.title != one.unrelated_title for one in planted)


def test_histories_have_the_shape_of_kernel_development(histories: dict[int, History]) -> None:
    moved = 0
    for history in histories.values():
        merges = [commit for commit in history.commits if len(commit.parents) == 2]
        assert 245 <= len(history.commits) <= 260
        assert 8 <= len(merges) <= 26
        subjects = Counter(commit.message.split("\n")[0] for commit in history.commits)
        assert max(subjects.values()) == 1
        times = [commit.committer.second for commit in history.commits]
        assert times == sorted(times)
        code = [c for c in history.commits if c.change and not c.change.inert]
        assert len(code) > 100
        moved += any(c.change and "move to" in c.message for c in history.commits)
    nested = [
        c
        for h in histories.values()
        for c in h.commits
        if c.message.startswith("Merge") and " into " in c.message
    ]
    assert nested, "some branches fork from branches"
    assert moved > len(histories) // 4, "the culprit's file often moves afterwards"
