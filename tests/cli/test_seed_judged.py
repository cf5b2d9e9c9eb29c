"""The seed, judged again: what its bisection did wrong is named, explained, and shown under other policies."""

import json
from pathlib import Path

import pytest

from tests.cli.kbis import git, kbis, ok

WRONG = "73bf1fc58dc4376d0111a4c1c9eab27e2759f468"
GOOD, BAD = "135c5504a600", "f39c6b29ae1d"
WASTED = (
    *("763ece85f45a", "7c5995b33d6e", "da077392486b", "99a6993a6933", "3bcd47726c3b", "c79c3850440c"),
    *("37ce42c14eda", "7df15e6c3e83", "abb1860aac20"),
)
"""The revisions tested after the wrong verdict: all boots of all of them passed."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """A repository without the kernel's commits that holds the imported log; the tests here only read it."""
    path = tmp_path_factory.mktemp("seed")
    git(path, "init", "-q")
    ok(path, "key")
    ok(path, "import", str(shared / "seed" / "syzbot-bisection-log.txt"))
    return path


def test_why_tells_the_story_of_the_wrong_verdict_in_six_lines(imported: Path) -> None:
    lines = ok(imported, "why", WRONG[:12]).splitlines()
    assert len(lines) == 6
    assert lines[0] == f"{WRONG[:12]} Merge branch 'net-ipv6-Fix-route-append-and-replace-use-cases'"
    assert lines[1] == (
        "Seen here: 1 of 10 boots crashed, of another bug: WARNING in __static_key_slow_dec_cpuslocked "
        "(a WARNING, not a kernel BUG); 9 of 10 boots ran to the end without the target."
    )
    assert lines[2] == (
        "Elsewhere: the target, kernel BUG at arch/x86/kvm/mmu/mmu.c:LINE!, showed in 104 of 104 boots at "
        "11 other revisions; if the bug were here, 9 boots without it would have a chance of about 1 in 10^13."
    )
    assert lines[3].startswith("Recorded: bad by syzkaller-2019/1 (the log says so), signed by ")
    assert lines[3].endswith("the evidence does not bear it out.")
    assert lines[4] == "syzkaller-2019/1 says now: bad (1 of 10 runs crashed, 9 were OK)."
    wasted = ", ".join(WASTED)
    assert lines[5] == (
        f"Tested because of it: 9 revisions, 90 boots: {wasted}; the bisection's recorded answer rests on it."
    )


@pytest.mark.parametrize(("revision", "verdict"), [(GOOD, "good"), (BAD, "bad")])
def test_why_finds_honest_verdicts_borne_out(imported: Path, revision: str, verdict: str) -> None:
    told = json.loads(ok(imported, "why", revision, "--json"))
    assert [(each["verdict"], each["support"]) for each in told["verdicts"]] == [(verdict, "borne out")]
    assert "bears it out" in ok(imported, "why", revision)


def test_the_moved_file_is_the_target_in_every_boot_that_counts(imported: Path) -> None:
    told = json.loads(ok(imported, "why", BAD, "--json"))
    assert [each["says"] for each in told["boots"]] == ["hit"] * 7 + ["unbooted"] * 3
    assert told["boots"][0]["reason"] == (
        "a kernel BUG in the same file, mmu.c, which the target has in arch/x86/kvm/mmu/"
    )


def test_an_audit_warns_of_the_wrong_verdict_and_of_nothing_honest(imported: Path) -> None:
    ran = kbis(imported, "audit")
    assert ran.code == 0
    assert f"warning: {WRONG[:12]} is called bad, and the evidence does not bear it out (verdict " in ran.out
    assert f"tested because of it: 9 revisions, 90 boots: {', '.join(WASTED)}" in ran.out
    [bisection] = json.loads(ok(imported, "audit", "--json"))["bisections"]
    verdict, conclusion = bisection["warnings"]
    assert (verdict["revision"], verdict["said"], verdict["support"]) == (WRONG, "bad", "not borne out")
    assert tuple(each[:12] for each in verdict["tested_because_of_it"]) == WASTED
    assert (conclusion["revision"], conclusion["said"]) == (WRONG, "first bad commit")
    assert not [each for each in bisection["checks"] if each["answer"] == "differs"]


def test_show_says_of_each_boot_whether_it_counts(imported: Path) -> None:
    shown = ok(imported, "show", WRONG[:12])
    assert shown.count("Counts:    yes: the reproducer ran to its end without the target") == 9
    assert shown.count("Counts:    no, other: a WARNING, not a kernel BUG") == 1
    forms = json.loads(ok(imported, "show", WRONG[:12], "--json"))
    said = [each["counts"]["says"] for each in forms if each["kind"] == "boot"]
    assert said == ["miss"] * 9 + ["other"]


@pytest.mark.parametrize("policy", ["git/1", "bayes/1"])
def test_other_policies_part_from_the_old_rule_at_its_mistake_and_nowhere_else(
    imported: Path, policy: str
) -> None:
    found = json.loads(ok(imported, "what-if", policy, "--json"))
    assert found["policies"] == ["syzkaller-2019/1", policy]
    [parting] = found["partings"]
    assert parting["revision"] == WRONG
    assert parting["verdicts"]["syzkaller-2019/1"]["verdict"] == "bad"
    assert (parting["verdicts"][policy] or {}).get("verdict") != "bad"
    assert found["judged"] == 24
    assert "Their verdicts part on 1 of 24 revisions:" in ok(imported, "what-if", policy)


def test_what_if_compares_any_two(imported: Path) -> None:
    said = ok(imported, "what-if", "git/1", "git/1")
    assert "Their verdicts are the same on all of 24 revisions." in said
    ran = kbis(imported, "what-if", "git/1", "bayes/1", "git/1")
    assert (ran.code, ran.out) == (2, "")


def test_under_bayes_the_ends_stand_and_the_stated_culprit_is_refuted_with_its_chance(imported: Path) -> None:
    lines = kbis(imported, "replay", "--policy", "bayes/1").out.splitlines()
    verdicts = {line.split()[1]: line for line in lines if " verdict " in line}
    assert [each for each, line in verdicts.items() if not line.startswith("  =")] == [WRONG[:12]]
    assert verdicts[BAD].endswith("bad")
    assert verdicts[WRONG[:12]].endswith("bad, derived: good")
    [end] = [line for line in lines if " conclude " in line]
    assert f"derived: refuted, {WRONG[:12]} is good (9 of 9 boots passed, 1 died of another crash; " in end
    assert end.endswith("with the bug there the chance of that is 1 in 10^13)")
