"""A person's words: verdicts, aliases and retractions change what follows, and delete nothing."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.kbis import git, kbis, ok

WRONG = "73bf1fc58dc4"
STRAY = "WARNING in __static_key_slow_dec_cpuslocked"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    path = tmp_path_factory.mktemp("seed")
    git(path, "init", "-q")
    ok(path, "key")
    ok(path, "import", str(shared / "seed" / "syzbot-bisection-log.txt"))
    return path


@pytest.fixture
def seed(imported: Path, tmp_path: Path, home: Path) -> Path:
    """A copy of the imported seed that a test may write to."""
    del home
    path = tmp_path / "seed"
    shutil.copytree(imported, path, symlinks=True)
    ok(path, "key")
    return path


def events(directory: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in ok(directory, "log", "--json").splitlines()]


def stray_boot(directory: Path) -> str:
    [found] = [each for each in events(directory) if each["kind"] == "boot" and STRAY in str(each["data"])]
    return str(found["id"])[:12]


def verdict(directory: Path) -> str:
    [row] = [
        each
        for each in json.loads(ok(directory, "status", "--json"))["revisions"]
        if each["revision"][:12] == WRONG
    ]
    return str(row["verdict"])


def test_a_retracted_boot_is_kept_and_changes_the_verdict_and_back(seed: Path) -> None:
    boot, count = stray_boot(seed), len(events(seed))
    said = ok(seed, "retract", boot, "--why", "another bug")
    assert f"{WRONG}  bad -> undecided" in said
    retraction = said.split(":")[0]
    assert f"kbis retract {retraction} undoes it" in said
    assert len(events(seed)) == count + 1
    shown = ok(seed, "show", boot)
    assert f"Counts:    no, it was retracted by {retraction}: another bug" in shown
    assert f"{WRONG}  undecided -> bad" in ok(seed, "retract", retraction, "--why", "no, it counts")
    assert verdict(seed) == "bad"


def test_what_was_retracted_before_is_left_alone_and_said(seed: Path) -> None:
    boot = stray_boot(seed)
    retraction = ok(seed, "retract", boot, "--why", "another bug").split(":")[0]
    count = len(events(seed))
    ran = kbis(seed, "retract", boot, "--why", "again")
    assert (ran.code, len(events(seed))) == (0, count)
    assert f"{boot} was retracted before, by {retraction}." in ran.err
    other = str(next(each["id"] for each in events(seed) if each["kind"] == "boot"))[:12]
    ran = kbis(seed, "retract", boot, other, "--why", "both")
    assert "1 event does not count any more." in ran.out
    assert len(events(seed)) == count + 1


def test_retracting_a_verdict_alone_is_said_to_change_nothing(seed: Path) -> None:
    [recorded] = [
        str(each["id"])
        for each in events(seed)
        if each["kind"] == "verdict" and str(each["object"]).startswith(WRONG)
    ]
    ran = kbis(seed, "retract", recorded, "--why", "wrong")
    assert ran.code == 0
    assert "Retract the boots it stands on" in ran.err
    assert verdict(seed) == "bad"


def test_an_alias_is_a_signed_event_that_moves_what_counts(seed: Path) -> None:
    said = ok(seed, "alias", STRAY, "--why", "the same stack")
    word = said.split(":")[0]
    assert f"{STRAY} is the target too, by your word." in said
    newest = events(seed)[-1]
    assert (newest["kind"], newest["data"]) == (
        "alias",
        {"title": STRAY, "is_target": True, "reason": "the same stack"},
    )
    assert "Counts:    yes, same: a person said that it is the target too: the same stack" in ok(
        seed, "show", WRONG
    )
    assert "warning" not in ok(seed, "audit")
    assert f"{STRAY} is the target too, a person's word: the same stack" in ok(seed, "log")
    ok(seed, "alias", STRAY, "--not", "--why", "no, another stack")
    assert "Counts:    no, other: a person said that it is another bug: no, another stack" in ok(
        seed, "show", WRONG
    )
    assert "Nothing to do" in ok(seed, "alias", STRAY, "--not", "--why", "again")
    newest_word = str(events(seed)[-1]["id"])
    ok(seed, "retract", newest_word, word, "--why", "we read it again")
    assert "Counts:    no, other: a WARNING, not a kernel BUG" in ok(seed, "show", WRONG)


def test_an_alias_of_a_title_that_nobody_saw_is_taken_with_a_note(seed: Path) -> None:
    bisection = str(events(seed)[0]["id"])[:12]
    ran = kbis(seed, "alias", "WARNING in nowhere", "--of", bisection, "--why", "it may come")
    assert ran.code == 0
    assert "No boot has shown this title so far" in ran.err


@pytest.mark.parametrize(("title", "why"), [("", "x"), ("a\x1b[2Jb", "x"), (STRAY, ""), ("t" * 257, "x")])
def test_what_is_no_title_or_has_no_reason_is_refused(seed: Path, title: str, why: str) -> None:
    count = len(events(seed))
    ran = kbis(seed, "alias", title, "--why", why)
    assert (ran.code, ran.out) == (2, "")
    assert len(events(seed)) == count


def test_status_lists_what_people_said_with_ids(seed: Path) -> None:
    assert "People said" not in ok(seed, "status")
    ids = [
        ok(seed, "good", WRONG, "--why", "nine of nine passed").split(":")[0],
        ok(seed, "alias", STRAY, "--not", "--why", "jump labels").split(":")[0],
        ok(seed, "retract", stray_boot(seed), "--why", "somebody else's").split(":")[0],
    ]
    lines = [line for line in ok(seed, "status").splitlines() if line.strip()[:12] in ids]
    assert [line.strip()[:12] for line in lines] == ids
    assert "good, a person's word: nine of nine passed" in lines[0]
    assert [each["event"][:12] for each in json.loads(ok(seed, "status", "--json"))["words"]] == ids
