from kbis.bisect.claims import busy, held, held_by
from kbis.log.event import Event
from kbis.log.kinds import Claim, Conclude, Verdict
from tests.facts import KEY, Facts, oid

NOW = 1_000
ONE, TWO = (KEY, "one"), (KEY, "two")


def claim(facts: Facts, name: str, machine: str = "one", until: int = NOW + 1) -> Event:
    return facts.add(name, Claim(4, until, machine, "bisect"))


def others(facts: Facts) -> frozenset[bytes]:
    return busy(facts.state(), NOW, TWO)


def test_what_another_worker_claimed_is_busy_and_what_is_ones_own_is_not() -> None:
    facts = Facts()
    claim(facts, "c1", "one")
    claim(facts, "c2", "two")
    assert busy(facts.state(), NOW, ONE) == {oid("c2")}
    assert busy(facts.state(), NOW, TWO) == {oid("c1")}


def test_a_worker_tests_one_revision_at_a_time_so_a_new_claim_ends_the_one_before() -> None:
    facts = Facts()
    claim(facts, "c1")
    claim(facts, "c2")
    assert others(facts) == {oid("c2")}
    claim(facts, "c1")
    assert others(facts) == {oid("c1")}


def test_an_older_claim_does_not_come_back_when_the_newest_is_over() -> None:
    over, retracted = Facts(), Facts()
    claim(over, "c1")
    claim(over, "c2", until=NOW)
    claim(retracted, "c1")
    retracted.retract(claim(retracted, "c2"))
    assert others(over) == others(retracted) == frozenset()


def test_the_verdict_of_the_claims_key_ends_it_and_anothers_does_not() -> None:
    facts = Facts()
    mine = claim(facts, "c1")
    facts.add("c1", Verdict("good", "git/1", ""))
    assert others(facts) == frozenset()
    assert held_by(facts.state(), NOW, ONE) is None
    again = claim(facts, "c1")
    assert held(facts.state(), NOW) == (again,)
    assert mine not in held(facts.state(), NOW)
    facts.key = bytes(32)
    facts.add("c1", Verdict("bad", "git/1", ""))
    assert others(facts) == {oid("c1")}


def test_a_conclusion_ends_every_claim_before_it() -> None:
    facts = Facts()
    claim(facts, "c1", "one")
    claim(facts, "c2", "two")
    facts.add("bad", Conclude("first bad commit", "git/1", (oid("c1"),), ""))
    assert held(facts.state(), NOW) == ()
    later = claim(facts, "c2", "two")
    assert held(facts.state(), NOW) == (later,)
