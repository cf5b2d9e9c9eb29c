"""What people said, and verdicts that contradict each other, as the status tells them."""

from kbis.bisect.graph import Graph
from kbis.bisect.policies.git1 import Git1
from kbis.bisect.policy import Terrain
from kbis.log.kinds import Alias
from kbis.views.contradiction import contradiction_lines, contradictions_json
from kbis.views.people import people_lines, words_of
from kbis.views.status import status_of, status_text
from tests.facts import Facts, oid

BUG = "kernel BUG at mm/a.c:LINE!"
NAMES = ("good", "c1", "c2", "bad")


def terrain() -> Terrain:
    rows = [(oid(name), at, [oid(NAMES[at - 1])] if at else []) for at, name in enumerate(NAMES)]
    return Terrain(Graph.of(rows[1:]))


def torn() -> Facts:
    """The bug came with c1, and c2, which contains it, is called good."""
    facts = Facts(check_ends=False)
    facts.tested("bad", *[BUG] * 4)
    facts.tested("c1", BUG)
    facts.tested("c2", "ok", "ok", "ok", "ok")
    return facts


def test_words_that_stand_are_listed_and_machines_are_no_people() -> None:
    facts = Facts()
    [boot] = facts.boots("c1", "ok")
    old, new = facts.override("c1", "bad"), facts.override("c1", "good")
    alias = facts.add("bad", Alias("WARNING in f", True, "alike"))
    claim = facts.claim("c2", "bisect")
    machine = facts.retract(claim)
    taken = facts.retract(boot)
    undone = facts.retract(facts.boots("c1", "ok")[0])
    undoing = facts.retract(undone)
    words = words_of(facts.state())
    assert words == (new, alias, taken, undoing)
    assert old not in words
    assert machine not in words
    lines = list(people_lines(facts.state(), {each.id: "ann" for each in facts.events}))
    assert [line.split()[0] for line in lines[1:]] == [each.id.hex()[:12] for each in words]


def test_where_nobody_spoke_nothing_is_said() -> None:
    assert list(people_lines(Facts().state(), {})) == []


def test_a_contradiction_names_the_boots_it_stands_on_and_the_way_out() -> None:
    facts = torn()
    status = status_of(facts.state(), Git1(), terrain())
    assert status.torn == ((oid("c1"), oid("c2")),)
    text = status_text(status, lambda _: "", {})
    hit = next(each for each in facts.events if each.object == oid("c1") and each.kind == "boot")
    passed = [each for each in facts.events if each.object == oid("c2") and each.kind == "boot"]
    short = [each.id.hex()[:12] for each in passed]
    assert f"is bad by 1 boot: {hit.id.hex()[:12]}." in text
    assert f"is good by 4 boots: {', '.join(short[:3])} and 1 more." in text
    assert "kbis retract EVENT" in text
    [pair] = contradictions_json(facts.state(), status.torn)
    assert pair["bad"]["events"] == [hit.id.hex()]


def test_a_contradiction_by_a_persons_word_names_that_word() -> None:
    facts = torn()
    word = facts.override("c2", "good")
    said = "\n".join(contradiction_lines(facts.state(), ((oid("c1"), oid("c2")),)))
    assert f"is good by a person's word, event {word.id.hex()[:12]}." in said


def test_verdicts_in_order_contradict_nothing() -> None:
    facts = torn()
    facts.override("c2", "bad")
    assert status_of(facts.state(), Git1(), terrain()).torn == ()
