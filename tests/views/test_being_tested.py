from kbis.log.kinds import Claim, Verdict
from kbis.views.being_tested import WAY_OUT, claim_lines, claims_json
from tests.facts import Facts, oid

NOW = 1_700_000_100_000


def claimed(until: int = NOW + 1000) -> Facts:
    facts = Facts()
    facts.add("c1", Claim(4, until, "farm1/abc", "bisect"))
    return facts


def test_a_claim_that_holds_says_who_has_it_and_until_when() -> None:
    facts = claimed()
    state, event = facts.state(), facts.events[-1]
    [heading, line, way_out] = claim_lines(state, {event.id: "bob@x"}, NOW)
    assert heading == "Being tested now:"
    assert line.startswith(
        f"  {oid('c1').hex()[:12]}  by bob@x on farm1/abc, since 2023-11-14 22:13:20 UTC, until"
    )
    assert event.id.hex()[:12] in line
    assert way_out == WAY_OUT
    assert [each["signer"] for each in claims_json(state, {event.id: "bob@x"}, NOW)] == ["bob@x"]


def test_a_claim_that_was_renewed_is_told_once() -> None:
    facts = claimed()
    facts.add("c1", Claim(4, NOW + 2000, "farm1/abc", "bisect"))
    assert [each["until_ms"] for each in claims_json(facts.state(), {}, NOW)] == [NOW + 2000]


def test_a_claim_that_ran_out_was_taken_back_or_judged_is_told_no_more() -> None:
    over, judged, retracted = claimed(NOW), claimed(), claimed()
    judged.add("c1", Verdict("good", "git/1", ""))
    retracted.retract(retracted.events[-1])
    for facts in (over, judged, retracted):
        assert list(claim_lines(facts.state(), {}, NOW)) == []
