"""An unrelated crash at one good revision: the rule of 2019 blames it, `bayes/1` does not. Real builds, real boots."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cli.kbis import kbis, ok
from tests.e2e.twin import BUG, UNRELATED, Twin, make_twin

OLD, NEW = "syzkaller-2019/1", "bayes/1"

ATTEMPTS = 16
"""Ten boots do not show it with a chance of 0.9^10 = 0.35; all attempts are in vain with one of 0.35^16 = 5e-8."""


@dataclass(frozen=True)
class Judged:
    """The history with two bisections in one log: one by the old rule, one by the new."""

    twin: Twin
    old: str
    new: str


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Bisect by both rules.

    The dice are the kernel's own. In one of three runs the unrelated crash does not show in the ten boots that the old
    rule makes there; then nothing goes wrong, and the old rule's bisection is begun anew.
    """
    twin = make_twin(tmp_path_factory.mktemp("twin") / "pebble")
    ok(twin.directory, "key")
    for _ in range(ATTEMPTS):
        # The old rule takes a good end that it is given on trust.
        old = begun(twin, OLD, "--no-check-ends")
        while not boots(twin, old, twin.unrelated):
            assert kbis(twin.directory, "step").code == 0
        if UNRELATED in boots(twin, old, twin.unrelated):
            break
    ended = kbis(twin.directory, "run")
    assert ended.code == 0, ended.err
    new = begun(twin, NEW)
    ended = kbis(twin.directory, "run")
    assert ended.code == 0, ended.err
    return Judged(twin, old, new)


def begun(twin: Twin, policy: str, *more: str) -> str:
    """Begin a bisection, and return the first digits of its id."""
    said = ok(
        twin.directory,
        *("start", twin.bad, twin.good, "--policy", policy, "--reproducer", str(twin.reproducer), *more),
    )
    return said.split()[1]


def boots(twin: Twin, bisection: str, *revisions: str) -> list[str]:
    """Return the title of each boot of some revisions, or its outcome."""
    lines = ok(twin.directory, "log", "--bisection", bisection, "--json").splitlines()
    return [
        each["data"].get("title") or each["data"]["outcome"]
        for each in map(json.loads, lines)
        if each["kind"] == "boot" and each["object"] in revisions
    ]


def told(judged: Judged, bisection: str, *arguments: str) -> Any:
    return json.loads(kbis(judged.twin.directory, *arguments, "--bisection", bisection, "--json").out)


def test_the_old_rule_blames_the_innocent(judged: Judged) -> None:
    twin = judged.twin
    end = told(judged, judged.old, "status")["next"]
    assert (end["result"], end["candidates"]) == ("first bad commit", [twin.unrelated])
    seen = boots(twin, judged.old, twin.unrelated)
    assert set(seen) == {UNRELATED, "ok"}
    assert BUG in boots(twin, judged.old, twin.bad)


def test_on_the_same_events_the_policies_part_at_that_revision_only(judged: Judged) -> None:
    found = told(judged, judged.old, "what-if", NEW)
    assert [
        (each["revision"], {name: said["verdict"] for name, said in each["verdicts"].items()})
        for each in found["partings"]
    ] == [(judged.twin.unrelated, {OLD: "bad", NEW: "good"})]
    assert found["next"][OLD]["candidates"] == [judged.twin.unrelated]
    after = judged.twin.commits[9:]
    assert found["next"][NEW]["revision"] in after, "it goes on between that revision and the bad end"


def test_a_replay_under_the_new_rule_differs_first_at_that_verdict(judged: Judged) -> None:
    ran = kbis(judged.twin.directory, "replay", "--bisection", judged.old, "--policy", NEW, "--json")
    assert ran.code == 1
    [verdict] = [
        each
        for each in json.loads(ran.out)["checks"]
        if each["kind"] == "verdict" and each["answer"] == "differs"
    ]
    assert (verdict["object"], verdict["said"], verdict["derived"]) == (judged.twin.unrelated, "bad", "good")
    assert kbis(judged.twin.directory, "replay", "--bisection", judged.old).code == 0


def test_an_audit_warns_of_the_old_answer(judged: Judged) -> None:
    audited = told(judged, judged.old, "audit")["bisections"][0]
    assert (judged.twin.unrelated, "bad", "not borne out") in [
        (each["revision"], each["said"], each["support"]) for each in audited["warnings"]
    ]


def test_the_new_rule_finds_the_culprit_with_fewer_boots(judged: Judged) -> None:
    twin = judged.twin
    status = told(judged, judged.new, "status")
    assert (status["next"]["result"], status["next"]["candidates"]) == ("first bad commit", [twin.culprit])
    assert status["next"]["confidence_ppm"] >= 990_000
    spent = [len(boots(twin, each, *twin.commits)) for each in (judged.old, judged.new)]
    assert spent[1] < spent[0] / 2
    assert kbis(twin.directory, "replay", "--bisection", judged.new).code == 0
