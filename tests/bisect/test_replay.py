from dataclasses import replace

from kbis.bisect.fold import fold
from kbis.bisect.graph import Graph
from kbis.bisect.policies.git1 import Git1
from kbis.bisect.policy import Terrain
from kbis.bisect.replay import RENEWED, replay
from kbis.log.kinds import Claim, Conclude, Verdict
from tests.facts import Facts, oid

BUG = "kernel BUG at a.c:LINE!"
NAMES = ("c1", "c2", "bad")


def terrain() -> Terrain:
    return Terrain(Graph.of([(oid(n), i, [oid(NAMES[i - 1])] if i else []) for i, n in enumerate(NAMES)]))


def whole() -> Facts:
    facts = Facts()
    facts.claim("bad", "bad end")
    facts.tested("bad", BUG, BUG, BUG, BUG)
    facts.add("bad", Verdict("bad", "git/1", ""))
    facts.claim("good", "good end")
    facts.tested("good", "ok", "ok", "ok", "ok")
    facts.add("good", Verdict("good", "git/1", ""))
    facts.claim("c2", "bisect")
    facts.tested("c2", BUG)
    facts.add("c2", Verdict("bad", "git/1", ""))
    return facts


def answers(facts: Facts, ground: Terrain) -> list[tuple[str, str]]:
    return [(each.event.kind, each.answer) for each in replay(facts.state(), Git1(), ground)]


def test_what_followed_from_its_past_agrees() -> None:
    assert {answer for _, answer in answers(whole(), terrain())} == {"agrees"}


def test_a_verdict_its_past_does_not_bear_out_differs() -> None:
    facts = whole()
    facts.claim("c1", "bisect")
    facts.tested("c1", "ok")
    facts.add("c1", Verdict("good", "git/1", ""))
    facts.boots("c1", "ok", "ok", "ok")
    assert answers(facts, terrain())[-1] == ("verdict", "differs")


def test_a_claim_of_another_revision_than_the_policys_differs() -> None:
    facts = whole()
    facts.claim("bad", "bisect")
    assert answers(facts, terrain())[-1] == ("claim", "differs")


def test_a_claim_renewed_in_the_middle_of_a_test_needs_nothing_to_speak_for_it() -> None:
    late = 1_800_000_000_000
    for until, wanted in ((late, "agrees"), (0, "differs")):
        facts = Facts()
        facts.add("bad", Claim(4, until, "here", "bad end"))
        facts.tested("bad", BUG, BUG, BUG, BUG)
        facts.add("bad", Claim(4, late, "here", "bad end"))
        found = list(replay(facts.state(), Git1(), terrain()))
        assert [each.answer for each in found] == ["agrees", wanted]
        assert (found[-1].derived == RENEWED) == (wanted == "agrees")


def test_a_conclusion_that_does_not_follow_differs() -> None:
    facts = whole()
    facts.add("bad", Conclude("first bad commit", "git/1", (oid("c2"),), ""))
    assert answers(facts, terrain())[-1] == ("conclude", "differs")


def test_without_the_commits_a_choice_is_neither_right_nor_wrong() -> None:
    assert answers(whole(), Terrain(None))[-2:] == [("claim", "unseen"), ("verdict", "agrees")]


def test_a_decision_whose_writer_knew_more_than_counts_here_cannot_be_checked() -> None:
    facts = whole()
    for lost in (0, 4, len(facts.events) - 2):
        counted = [each for number, each in enumerate(facts.events) if number != lost]
        state = fold([*counted, facts.events[0]])
        assert state is not None
        state = replace(state, events=tuple(each for each in state.events if each in counted))
        found = list(replay(state, Git1(), terrain()))
        answers = {each.event.lamport > lost + 1: each.answer for each in found}
        assert answers.pop(True) == "unseen"
        assert set(answers.values()) <= {"agrees"}
        assert "knew what does not count here" in found[-1].unseen
