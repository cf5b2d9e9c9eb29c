"""Is a verdict borne out by the evidence about the target? And what did a wrong one lead to?"""

from typing import Literal

import pytest

from kbis.bisect.confidence import chance_all_missed
from kbis.bisect.consequence import led_to
from kbis.bisect.doubt import Doubt, doubts
from kbis.bisect.graph import Graph
from kbis.bisect.support import standing_of, support_of
from kbis.log.kinds import Alias, Conclude, Verdict
from kbis.views.doubt_text import doubt_lines
from tests.facts import Facts, oid

BUG, STRAY = "kernel BUG at mm/a.c:LINE!", "WARNING in stray"
Word = Literal["good", "bad", "skip"]


def judged(facts: Facts, name: str, verdict: Word, *boots: str) -> bytes:
    """A claimed and tested revision with a recorded verdict, right or wrong; returns the verdict's id."""
    facts.claim(name, "bisect")
    facts.tested(name, *boots)
    return facts.add(name, Verdict(verdict, "git/1", "")).id


def begun() -> Facts:
    """The target shows in all of 20 boots at two revisions."""
    facts = Facts()
    judged(facts, "bad", "bad", *[BUG] * 10)
    judged(facts, "b1", "bad", *[BUG] * 10)
    return facts


def found(facts: Facts, graph: Graph | None = None) -> list[Doubt]:
    return list(doubts(facts.state(), graph))


@pytest.mark.parametrize(
    ("verdict", "boots", "support"),
    [
        ("bad", [BUG, "ok"], "borne out"),
        ("bad", [STRAY, *["ok"] * 9], "not borne out"),
        ("bad", ["ok"] * 10, "not borne out"),
        ("good", ["ok"] * 10, "borne out"),
        ("good", [STRAY, *["ok"] * 9], "borne out"),
        ("good", [BUG, *["ok"] * 9], "not borne out"),
        ("good", [STRAY] * 10, "not borne out"),
        ("skip", ["boot-failed"] * 3, "borne out"),
        ("skip", [BUG, "boot-failed"], "not borne out"),
    ],
)
def test_a_verdict_is_held_against_what_the_boots_say_of_the_target(
    verdict: Word, boots: list[str], support: str
) -> None:
    facts = begun()
    facts.tested("c", *boots)
    assert support_of(verdict, standing_of(facts.state(), oid("c"))) == support


def test_a_good_verdict_is_weak_when_a_flaky_bug_could_well_have_been_missed() -> None:
    facts = Facts()
    facts.tested("bad", BUG, *["ok"] * 9)
    facts.tested("c", *["ok"] * 5)
    standing = standing_of(facts.state(), oid("c"))
    assert standing.chance_missed == pytest.approx(chance_all_missed(1, 9, 5))
    assert support_of("good", standing) == "weak"


def test_without_a_target_nothing_is_known() -> None:
    facts = Facts()
    facts.tested("c", "ok")
    assert support_of("good", standing_of(facts.state(), oid("c"))) == "unknown"


def test_elsewhere_are_the_kernels_that_showed_the_target_and_no_twin_of_this_one() -> None:
    facts = begun()
    facts.tested("clean", "ok", "ok")
    facts.build("c", kernel="one")
    facts.build("twin", kernel="one")
    facts.boots("c", "ok")
    facts.boots("twin", BUG)
    standing = standing_of(facts.state(), oid("c"))
    assert (standing.elsewhere.hits, standing.elsewhere.misses, standing.elsewhere.revisions) == (20, 0, 2)
    assert (standing.tally.hits, standing.tally.misses) == (1, 1)
    assert standing.chance_missed is None


def test_a_bad_verdict_by_a_stray_crash_is_doubted_with_what_it_led_to() -> None:
    facts = begun()
    wrong = judged(facts, "c", "bad", STRAY, *["ok"] * 9)
    for name in ("d", "e"):
        judged(facts, name, "good", *["ok"] * 10)
    facts.add("bad", Conclude("first bad commit", "git/1", (oid("c"),), ""))
    verdict, conclusion = found(facts)
    assert (verdict.event.id, verdict.support) == (wrong, "not borne out")
    assert verdict.tested == (oid("d"), oid("e"))
    assert (conclusion.event.kind, conclusion.revision) == ("conclude", oid("c"))


def test_honest_verdicts_raise_no_doubt() -> None:
    facts = begun()
    judged(facts, "c", "good", *["ok"] * 10)
    judged(facts, "d", "skip", "boot-failed", "boot-failed", "boot-failed")
    facts.add("bad", Conclude("first bad commit", "git/1", (oid("b1"),), ""))
    assert found(facts) == []


def test_a_persons_word_is_not_doubted_as_long_as_no_boot_speaks_against_it() -> None:
    facts = begun()
    facts.override("c", "bad")
    facts.override("d", "good")
    facts.override("e", "skip")
    judged(facts, "c", "bad", STRAY, "boot-failed")
    judged(facts, "e", "skip", "ok")
    assert found(facts) == []


@pytest.mark.parametrize(
    ("word", "boots"), [("bad", ["ok"] * 10), ("good", [BUG, *["ok"] * 9]), ("skip", [BUG])]
)
def test_a_persons_word_that_boots_speak_against_is_doubted(word: Word, boots: list[str]) -> None:
    facts = begun()
    facts.tested("c", *boots)
    said = facts.override("c", word)
    facts.add("c", Verdict(word, "git/1", "a person said so"))
    (doubt,) = found(facts)
    assert (doubt.event, doubt.said, doubt.support) == (said, word, "not borne out")
    lines = list(doubt_lines(doubt, facts.state(), {said.id: "ada"}))
    assert lines[0].endswith(
        f"is called {'untestable' if word == 'skip' else word} by a person, and its boots speak against it "
        f"(override {said.id.hex()[:12]}, signed by ada)"
    )
    facts.retract(said)
    assert said not in [each.event for each in found(facts)]


def test_a_retracted_verdict_is_not_doubted() -> None:
    facts = begun()
    judged(facts, "c", "bad", STRAY, *["ok"] * 9)
    facts.retract(facts.events[-1])
    assert found(facts) == []


def test_an_alias_ends_the_doubt() -> None:
    facts = begun()
    judged(facts, "c", "bad", STRAY, *["ok"] * 9)
    facts.add("bad", Alias(STRAY, True, "the same bug"))
    assert found(facts) == []


def test_with_the_history_only_those_count_that_the_opposite_verdict_would_have_spared() -> None:
    names = ["old", "c", "young", "bad"]
    graph = Graph.of([(oid(n), i, [oid(names[i - 1])] if i else []) for i, n in enumerate(names)])
    facts = begun()
    judged(facts, "c", "bad", STRAY, *["ok"] * 9)
    wrong = facts.events[-1]
    judged(facts, "old", "good", "ok")
    judged(facts, "young", "good", "ok")
    judged(facts, "elsewhere", "good", "ok")
    state = facts.state()
    assert led_to(state, wrong, graph) == (oid("old"), oid("elsewhere"))
    assert led_to(state, wrong, None) == (oid("old"), oid("young"), oid("elsewhere"))


def test_what_was_tested_after_a_correction_is_not_the_mistakes_fault() -> None:
    facts = begun()
    judged(facts, "c", "bad", STRAY, *["ok"] * 9)
    wrong = facts.events[-1]
    judged(facts, "d", "good", "ok")
    facts.override("c", "good")
    judged(facts, "e", "good", "ok")
    assert led_to(facts.state(), wrong, None) == (oid("d"),)


def test_a_claim_that_was_taken_back_is_no_test() -> None:
    facts = begun()
    judged(facts, "c", "bad", STRAY, *["ok"] * 9)
    wrong = facts.events[-1]
    facts.retract(facts.claim("d", "bisect"))
    assert led_to(facts.state(), wrong, None) == ()
