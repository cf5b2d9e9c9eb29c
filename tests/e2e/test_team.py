"""Three clones that meet only at a hub find one culprit together: real builds, real boots, real pushes."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kbis.demo.history import make_history
from kbis.log.new_key import make_key
from tests.cli.kbis import git, ok

SEED, CLONES = 4, 3


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
    ok(clones[0], "start", planted.bad, planted.good)
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


def events(clone: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ok(clone, "log", "--json").splitlines()]


def test_all_have_the_same_log_and_the_same_end(team: tuple[list[Path], str]) -> None:
    clones, culprit = team
    assert len({git(each, "rev-parse", "refs/notes/kbis") for each in clones}) == 1
    states = [json.loads(ok(each, "status", "--json")) for each in clones]
    assert states[0] == states[1] == states[2]
    assert states[0]["next"]["candidates"] == [culprit]


def test_the_work_was_shared(team: tuple[list[Path], str]) -> None:
    clones, _ = team
    boots = Counter(each["signer"] for each in events(clones[0]) if each["kind"] == "boot")
    assert len(boots) == CLONES, boots
    assert max(boots.values()) < 0.9 * boots.total(), boots


def test_no_two_booted_one_revision_at_once(team: tuple[list[Path], str]) -> None:
    """All run on one machine, so that their clocks agree; an event is signed when its boot is over."""
    clones, _ = team
    boots = [
        (each["object"], each["time"] - each["data"]["duration_ns"] / 1e6, each["time"], each["signer"])
        for each in events(clones[0])
        if each["kind"] == "boot"
    ]
    for at, (revision, began, ended, signer) in enumerate(boots):
        assert not [
            each
            for each in boots[at + 1 :]
            if each[0] == revision and each[3] != signer and each[1] < ended and began < each[2]
        ]


def test_every_decision_follows_from_what_its_writer_saw(team: tuple[list[Path], str]) -> None:
    clones, _ = team
    ok(clones[1], "replay")
