"""The whole of it: a real history, real builds, real boots in QEMU, real kills."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.kbis import git, kbis, ok

SEED = 3

FLAKY_BOOTS = 25
"""What a rule that boots every revision equally often needs for a bug that shows in a quarter of the boots."""


def demo_process(directory: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "kbis", "demo", str(directory), "--seed", str(SEED)]
    return subprocess.Popen(
        [*command, "--check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def events(directory: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in ok(directory, "log", "--json").splitlines()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demonstration, killed again and again on its way, then left alone to the end."""
    where = tmp_path_factory.mktemp("demo") / "toy"
    rng = random.Random(SEED)
    seen: list[str] = []
    for _ in range(6):
        running = demo_process(where)
        time.sleep(rng.uniform(0.5, 5.0))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        if (where / ".git" / "kbis" / "current").exists():
            now = [str(each["id"]) for each in events(where)]
            assert now[: len(seen)] == seen, "a kill took back what was recorded"
            seen = now
    last = demo_process(where)
    out, err = last.communicate(timeout=500)
    assert last.returncode == 0, err
    return where, out


def test_it_finds_the_planted_culprit_although_it_was_killed(demo: tuple[Path, str]) -> None:
    where, out = demo
    planted = json.loads((where / ".git" / "kbis-demo.json").read_text())["culprit"]
    assert f"{planted} is the first bad commit" in out
    assert f"Checked: {planted} is the planted culprit." in out


def test_it_says_how_sure_it_is_and_whom_else_it_suspects(demo: tuple[Path, str]) -> None:
    where, out = demo
    sure = re.search(r"^This is (\d\d\.\d\d) % sure\.$", out, re.MULTILINE)
    assert sure is not None
    assert float(sure[1]) >= 99
    form = json.loads(ok(where, "status", "--json"))
    likeliest = form["suspects"]["likeliest"]
    assert likeliest[0]["revision"] == form["next"]["candidates"][0]
    assert form["next"]["sure_of"] == "the answer"
    text = ok(where, "status")
    assert "Policy bayes/1, until 99 % sure\n" in text
    for each in likeliest:
        assert each["revision"][:12] in text


def test_every_boot_is_one_that_the_newest_claim_speaks_of(demo: tuple[Path, str]) -> None:
    where, _ = demo
    claimed = None
    for each in events(where):
        if each["kind"] == "claim":
            claimed = each["object"]
        assert each["kind"] != "boot" or each["object"] == claimed


def test_it_boots_less_than_a_rule_that_boots_every_revision_equally_often(demo: tuple[Path, str]) -> None:
    where, _ = demo
    boots = Counter(each["object"] for each in events(where) if each["kind"] == "boot")
    assert boots.total() < FLAKY_BOOTS * len(boots)


def test_its_last_words_count_each_boot_once(demo: tuple[Path, str]) -> None:
    where, out = demo
    boots = sum(each["kind"] == "boot" for each in events(where))
    assert f"of builds, {boots} boots in " in out


def test_every_decision_can_be_derived_again(demo: tuple[Path, str]) -> None:
    where, _ = demo
    ran = kbis(where, "replay")
    assert ran.code == 0, ran.out
    assert "differ" not in ran.out


def test_every_build_and_boot_is_a_signed_event_that_plain_git_shows(demo: tuple[Path, str]) -> None:
    where, _ = demo
    recorded = events(where)
    lines = [
        line
        for listed in git(where, "notes", "--ref=kbis", "list").splitlines()
        for line in git(where, "cat-file", "blob", listed.split()[0]).splitlines()
        if line.startswith("k1 ")
    ]
    assert len(lines) == len(recorded)
    assert git(where, "fsck", "--strict").strip() == ""


def test_the_users_checkout_was_never_touched(demo: tuple[Path, str]) -> None:
    where, _ = demo
    assert git(where, "status", "--porcelain") == ""
    assert git(where, "symbolic-ref", "HEAD").strip() == "refs/heads/main"


def test_no_process_is_left_behind(demo: tuple[Path, str]) -> None:
    where, _ = demo
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert [line for line in processes.splitlines() if str(where) in line and "qemu" in line] == []


def test_status_tells_the_same_as_text_and_as_json(demo: tuple[Path, str]) -> None:
    where, _ = demo
    form = json.loads(ok(where, "status", "--json"))
    text = ok(where, "status")
    assert form["next"]["result"] == "first bad commit"
    for row in form["revisions"]:
        assert f"{row['revision'][:12]}  {row['verdict']}" in text


def test_git_kbis_is_the_same_program(demo: tuple[Path, str]) -> None:
    where, _ = demo
    program = Path(sys.executable).parent
    done = subprocess.run(
        ["git", "kbis", "list"],
        cwd=where,
        env={"PATH": f"{program}:/usr/bin:/bin", "HOME": str(where)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "first bad commit" in done.stdout, done.stderr
