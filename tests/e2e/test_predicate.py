"""`git bisect run kbis test` on the demonstration's history: git searches, kbis builds, boots and judges."""

import subprocess
import sys
from pathlib import Path

import pytest

from kbis.demo.history import Planted
from kbis.demo.session import _history
from tests.cli.kbis import git, kbis

CANDIDATES = 6


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planted]:
    where = tmp_path_factory.mktemp("predicate") / "toy"
    return where, _history(where, 1, lambda _: None)


def test_git_bisect_run_finds_the_culprit_with_it(toy: tuple[Path, Planted]) -> None:
    where, planted = toy
    later = git(
        where, "rev-list", "--reverse", "--ancestry-path", f"{planted.culprit}..{planted.bad}"
    ).split()
    sizes = {each: len(git(where, "rev-list", each, f"^{planted.culprit}^@").split()) for each in later[:20]}
    bad = max((each for each in sizes if sizes[each] <= CANDIDATES), key=lambda each: sizes[each])
    git(where, "bisect", "start", bad, f"{planted.culprit}^")
    # 0.41 of the boots show the bug: twelve that all miss it are one case in 500.
    command = [sys.executable, "-m", "kbis", "test", "--boots", "12", "--target", planted.title]
    said = subprocess.run(
        ["git", "bisect", "run", *command], cwd=where, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{planted.culprit} is the first bad commit" in said.stdout
    git(where, "bisect", "reset")
    assert not git(where, "notes", "--ref=kbis", "list"), "nothing is recorded"


def test_what_cannot_be_tested_exits_with_125(toy: tuple[Path, Planted]) -> None:
    where, planted = toy
    ran = kbis(where, "test", planted.broken_builds[0])
    assert (ran.code, "is untestable: " in ran.out) == (125, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["no-such-revision"], 202), (["--no-such-option"], 202), (["HEAD", "--recipe", "/nonexistent"], 202)],
)
def test_no_failure_of_the_request_is_a_verdict(
    toy: tuple[Path, Planted], arguments: list[str], code: int
) -> None:
    assert kbis(toy[0], "test", *arguments).code == code


def test_no_failure_of_the_lab_is_a_verdict(toy: tuple[Path, Planted], tmp_path: Path) -> None:
    recipe = tmp_path / "kbis.toml"
    recipe.write_text('[build]\ncommand = "no-such-compiler"\nimage = "k"\n')
    ran = kbis(toy[0], "test", "--recipe", str(recipe))
    assert (ran.code, "no-such-compiler is not installed" in ran.err) == (203, True)


def test_a_revision_that_shows_the_bug_exits_with_1_and_says_which(toy: tuple[Path, Planted]) -> None:
    where, planted = toy
    ran = kbis(where, "test", planted.bad, "--boots", "20", "--target", planted.title)
    assert ran.code == 1
    assert planted.title in ran.out.splitlines()[-1]
