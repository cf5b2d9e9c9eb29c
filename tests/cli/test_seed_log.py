"""The seed: a real bisection log of syzbot becomes signed events, and comes back."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.kbis import git, kbis, ok

WRONG = "73bf1fc58dc4376d0111a4c1c9eab27e2759f468"
GIT_SHOW = range(154, 232)
"""Lines of the log, from 0, that `git` printed about the culprit: no fact of the bisection."""


@pytest.fixture
def log(shared: Path) -> Path:
    return shared / "seed" / "syzbot-bisection-log.txt"


@pytest.fixture
def imported(tmp_path: Path, log: Path) -> Path:
    """A repository without the kernel's commits that holds the imported log."""
    git(tmp_path, "init", "-q")
    ok(tmp_path, "key")
    ok(tmp_path, "import", str(log))
    return tmp_path


def test_every_line_that_states_a_fact_comes_back_byte_for_byte(imported: Path, log: Path) -> None:
    original = log.read_bytes().splitlines(keepends=True)
    expected = b"".join(line for at, line in enumerate(original) if at not in GIT_SHOW)
    printed = ok(imported, "log", "--format=syzbot").encode()
    assert printed == expected


def test_each_fact_is_an_event_of_its_own(imported: Path, shared: Path) -> None:
    events = [json.loads(line) for line in ok(imported, "log", "--json").splitlines()]
    kinds = Counter(each["kind"] for each in events)
    assert kinds == {"start": 1, "claim": 24, "build": 24, "boot": 240, "verdict": 24, "conclude": 1}
    steps = json.loads((shared / "seed" / "steps.json").read_text())
    builds = [each for each in events if each["kind"] == "build"]
    assert [each["object"][:12] for each in builds] == [each["commit"] for each in steps]
    assert [each["data"]["signature"][:12] for each in builds] == [each["sig"] for each in steps]
    for step, build in zip(steps, builds, strict=True):
        outcomes = Counter(
            each["data"]["outcome"]
            for each in events
            if each["kind"] == "boot" and each["object"] == build["object"]
        )
        counted = (outcomes["crash"], outcomes["ok"], outcomes["boot-failed"], outcomes["infra"])
        assert counted == (step["bad"], step["good"], step["boot_failed"], step["infra"])


def test_verdicts_are_what_the_log_says(imported: Path, shared: Path) -> None:
    steps = json.loads((shared / "seed" / "steps.json").read_text())
    events = [json.loads(line) for line in ok(imported, "log", "--json").splitlines()]
    verdicts = [each["data"]["verdict"] for each in events if each["kind"] == "verdict"]
    assert verdicts == [each["v2019"] for each in steps]


def test_durations_and_the_report_are_kept(imported: Path) -> None:
    events = [json.loads(line) for line in ok(imported, "log", "--json").splitlines()]
    end = events[-1]
    assert end["data"]["total_ns"] == (5 * 3600 + 23 * 60 + 50) * 10**9 + 295262123
    assert end["data"]["title"] == "WARNING in __static_key_slow_dec_cpuslocked"
    [report] = [each for each in end["attachments"] if each["type"] == "report"]
    shown = subprocess.run(
        ["git", "cat-file", "blob", report["oid"]], cwd=imported, capture_output=True, check=True
    ).stdout
    assert shown.startswith(b"------------[ cut here ]------------\njump label: negative count!")
    assert len(shown) == report["length"]


def test_the_policy_of_2019_agrees_with_every_decision(imported: Path) -> None:
    ran = kbis(imported, "replay", "--policy", "syzkaller-2019/1")
    assert ran.code == 0, ran.out
    assert "24 of 24 verdicts agree." in ran.out
    checks = json.loads(ok(imported, "replay", "--policy", "syzkaller-2019/1", "--json"))["checks"]
    assert not [each for each in checks if each["answer"] == "differs"]


def test_a_rule_that_compares_titles_parts_from_it_at_the_seeds_mistake(imported: Path) -> None:
    ran = kbis(imported, "replay", "--policy", "git/1", "--json")
    assert ran.code == 1
    checks = json.loads(ran.out)["checks"]
    verdicts = [each for each in checks if each["kind"] == "verdict" and each["answer"] == "differs"]
    assert WRONG in [each["object"] for each in verdicts]


def test_the_events_are_readable_with_plain_git(imported: Path) -> None:
    listed = git(imported, "notes", "--ref=kbis", "list").split()
    assert WRONG in listed
    note = git(imported, "cat-file", "blob", listed[listed.index(WRONG) - 1])
    assert re.match(r"k1 [0-9a-f]{10} (boot|build|claim|verdict) [0-9a-f]{16} ", note)


def test_a_file_that_is_no_such_log_is_refused_with_a_sentence(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    ok(tmp_path, "key")
    (tmp_path / "x").write_text("hello\n")
    ran = kbis(tmp_path, "import", "x")
    assert (ran.code, ran.out) == (2, "")
    assert "is not a bisection log of syzbot" in ran.err
