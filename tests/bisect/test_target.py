"""The target: given, or learned at the bad end; and what people say of titles."""

from kbis.bisect.policies.git1 import Git1
from kbis.bisect.tally import tally
from kbis.bisect.target import target_of
from kbis.log.kinds import Alias, Boot
from tests.facts import Facts, oid

BUG, STRAY = "kernel BUG at mm/a.c:LINE!", "WARNING in stray"


def test_the_most_frequent_crash_at_the_bad_end_is_the_target() -> None:
    facts = Facts()
    facts.tested("bad", STRAY, BUG, "ok", BUG, "boot-failed", "boot-failed", "boot-failed")
    target = target_of(facts.state())
    assert target is not None
    assert target.title == BUG


def test_one_bug_under_two_titles_is_counted_once() -> None:
    facts = Facts()
    facts.tested("bad", STRAY, STRAY, "KASAN: use-after-free Read in f", "general protection fault in f")
    facts.boots("bad", "KASAN: slab-out-of-bounds Write in f")
    target = target_of(facts.state())
    assert target is not None
    assert target.title == "KASAN: use-after-free Read in f"


def test_what_a_person_called_another_bug_is_not_learned() -> None:
    facts = Facts()
    facts.tested("bad", STRAY, STRAY, BUG)
    word = facts.add("bad", Alias(STRAY, False, "it is there without the reproducer"))
    target = target_of(facts.state())
    assert target is not None
    assert target.title == BUG
    facts.retract(word)
    learned = target_of(facts.state())
    assert learned is not None
    assert learned.title == STRAY


def test_all_that_was_read_of_the_crash_is_learned() -> None:
    facts = Facts()
    facts.build("bad")
    facts.add("bad", Boot("crash", BUG, "BUG", ("f", "g"), alternatives=("bad-access in f",), file="mm/a.c"))
    target = target_of(facts.state())
    assert target is not None
    assert (target.type, target.frames, target.alternatives, target.file) == (
        "BUG",
        ("f", "g"),
        ("bad-access in f",),
        "mm/a.c",
    )


def test_an_alias_moves_the_verdict_and_its_retraction_moves_it_back() -> None:
    facts = Facts(boots=4)
    facts.tested("bad", BUG, BUG, BUG, BUG)
    facts.tested("c1", STRAY, "ok", "ok", "ok", "ok")
    counts = tally(facts.state().of(oid("c1")).boots, target_of(facts.state()))
    assert (counts.hits, counts.others, counts.misses) == (0, 1, 4)
    word = facts.add("bad", Alias(STRAY, True, "the assertion became a warning"))
    judgement = Git1().judge(facts.state(), oid("c1"))
    assert judgement is not None
    assert judgement.verdict == "bad"
    facts.retract(word)
    judgement = Git1().judge(facts.state(), oid("c1"))
    assert judgement is not None
    assert judgement.verdict == "good"
