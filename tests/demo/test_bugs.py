"""The bugs: what is planted crashes as planned, and nothing else does."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from kbis.demo.change import Change, read_series
from kbis.demo.commit import Commit
from kbis.demo.history import KERNEL, Planted, compose, make_history
from kbis.demo.tree import Tree
from kbis.kernel.outcome import read
from tests.demo import toy

SEED = 2

CULPRITS = {change.note("title"): change for (change,) in read_series("culprits.changes")}
UNRELATED = {series[0].note("title"): series[0] for series in read_series("unrelated.changes")}

CERTAIN = {
    "WARNING in rtc_read_time": "open /dev/rtc\n" + 60 * "ioctl 3 1 1\n",
    "kernel BUG in pipe_buf": "pipe\n" + 32 * "write 3 1\nread 3 1\n" + "write 3 1\nread 3 1\n",
    "BUG: unable to handle kernel NULL pointer dereference in process_work": 33 * "schedule_work 1\n",
}
"""Programs that go once round what the rare bugs are in, so that the crash is no matter of chance."""


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which one kernel after another is built, as in a bisection."""
    return tmp_path_factory.mktemp("slot")


def build(change: Change, slot: Path) -> Path:
    source = slot / "source"
    toy.write(change.apply(Tree.read(KERNEL)), source)
    return toy.kernel(source, slot / "build")


@pytest.mark.parametrize("title", CULPRITS)
def test_a_culprit_crashes_under_its_title_now_and_then(title: str, slot: Path) -> None:
    seen = toy.titles(build(CULPRITS[title], slot), toy.REPRODUCER, 24)
    # At 0.4, all or none of 24 boots crash once in 200,000 runs.
    assert set(seen) == {"ok", title}


@pytest.mark.parametrize("title", UNRELATED)
def test_a_rare_bug_crashes_under_its_title(title: str, slot: Path, tmp_path: Path) -> None:
    facts = toy.run_text(build(UNRELATED[title], slot), CERTAIN[title], tmp_path)
    assert read(facts).title == title


@dataclass(frozen=True)
class Lab:
    """A history, and a place to build its commits."""

    planted: Planted
    commits: dict[str, Commit]
    source: Path
    build: Path

    def check_out(self, commit: str) -> None:
        subprocess.run(["git", "checkout", "-q", commit], cwd=self.source, check=True)

    def kernel(self, commit: str) -> Path:
        self.check_out(commit)
        return toy.kernel(self.source, self.build)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    directory = tmp_path_factory.mktemp("lab")
    planted = make_history(directory / "toy", SEED)
    commits = {commit.id: commit for commit in compose(SEED).commits}
    subprocess.run(
        ["git", "worktree", "add", "-q", "--detach", "../source"], cwd=directory / "toy", check=True
    )
    return Lab(planted, commits, directory / "source", directory / "build")


def test_the_culprit_crashes_and_its_parents_do_not(lab: Lab) -> None:
    culprit, title = lab.planted.culprit, lab.planted.title
    seen = toy.titles(lab.kernel(culprit), toy.REPRODUCER, 40)
    # At 0.39, fewer than 4 or more than 31 of 40 boots crash once in 50,000 runs.
    assert 4 <= seen[title] <= 31
    assert set(seen) <= {"ok", title, lab.planted.unrelated_title}
    for parent in lab.commits[culprit].parents:
        assert set(toy.titles(lab.kernel(parent), toy.REPRODUCER, 30)) <= {"ok", lab.planted.unrelated_title}


def test_broken_builds_do_not_build(lab: Lab) -> None:
    for commit in lab.planted.broken_builds:
        lab.check_out(commit)
        made = toy.make(lab.source, lab.build)
        assert made.returncode != 0
        assert "rror" in made.stderr or "No rule to make target" in made.stderr


def test_broken_boots_do_not_come_to_the_reproducer(lab: Lab) -> None:
    for commit in lab.planted.broken_boots:
        seen = read(toy.run(lab.kernel(commit), toy.REPRODUCER, toy.QUICK))
        assert (seen.outcome, seen.reached) == ("boot-failed", "kernel")


def test_words_alone_do_not_change_the_kernel(lab: Lab) -> None:
    unfit = {*lab.planted.broken_builds}
    inert = [
        commit
        for commit in lab.commits.values()
        if commit.change and commit.change.inert and not unfit & {commit.id, *commit.parents}
    ]
    for commit in inert[::24]:
        before = lab.kernel(commit.parents[0]).read_bytes()
        assert lab.kernel(commit.id).read_bytes() == before, commit.message
