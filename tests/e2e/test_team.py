"""Three clones that meet only at a hub find one culprit together: real builds, real boots, real pushes."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kbis.demo.history import make_history
from kbis.log.new_key import make_key
from tests.cli.kbis import git, ok

BOOTS, SEED, CLONES = 25, 4, 3


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], str]:
    """Clones that trust each other's keys, run side by side to the end; and the planted culprit."""
    base = tmp_path_factory.mktemp("team")
    planted = make_history(base / "seed", SEED)
    git(base, "clone", "-q", "--bare", str(base / "seed"), "hub")
    clones, signers = [], []
    for number in range(CLONES):
        clone = base / f"clone{number}"
        git(base, "clone", "-q", str(base / "hub"), clone.name)
        key = make_key(clone / ".git" / "key", f"worker{number}")
        git(clone, "config", "user.signingKey", str(clone / ".git" / "key"))
        signers.append(f'worker{number} namespaces="kbis-event@v1" {key.line()}\n')
        clones.append(clone)
    for clone in clones:
        (clone / ".git" / "kbis").mkdir()
        (clone / ".git" / "kbis" / "allowed_signers").write_text("".join(signers))
    ok(clones[0], "start", planted.bad, planted.good, "--boots", str(BOOTS))
    ok(clones[0], "push")
    command = [sys.executable, "-m", "kbis", "run", "--sync", "--accept-recipe"]
    running = [
        subprocess.Popen(command, cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for clone in clones
    ]
    for each in running:
        out, err = each.communicate(timeout=500)
        assert each.returncode == 0, err
        assert f"{planted.culprit} is the first bad commit" in out
    for clone in [*clones, *clones]:
        ok(clone, "sync")
    shutil.rmtree(base / "seed")
    return clones, planted.culprit


def events(clone: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in ok(clone, "log", "--json").splitlines()]


def test_all_have_the_same_log_and_the_same_end(team: tuple[list[Path], str]) -> None:
    clones, culprit = team
    assert len({git(each, "rev-parse", "refs/notes/kbis") for each in clones}) == 1
    states = [json.loads(ok(each, "status", "--json")) for each in clones]
    assert states[0] == states[1] == states[2]
    assert states[0]["next"]["candidates"] == [culprit]


def test_the_work_was_shared_and_no_revision_boots_more_than_asked(team: tuple[list[Path], str]) -> None:
    clones, _ = team
    log = events(clones[0])
    told = Counter(
        each["object"] for each in log if each["kind"] == "boot" and each["data"]["outcome"] == "ok"
    )  # type: ignore[index]
    assert max(told.values()) <= BOOTS
    testers = Counter(each["signer"] for each in log if each["kind"] == "verdict")
    assert len(testers) == CLONES, testers


def test_it_takes_fewer_rounds_than_one_alone(team: tuple[list[Path], str]) -> None:
    clones, _ = team
    verdicts = Counter(each["signer"] for each in events(clones[0]) if each["kind"] == "verdict")
    assert max(verdicts.values()) < verdicts.total()


def test_every_decision_follows_from_what_its_writer_saw(team: tuple[list[Path], str]) -> None:
    clones, _ = team
    ok(clones[1], "replay")
