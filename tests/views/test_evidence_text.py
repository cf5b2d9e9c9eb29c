"""Evidence in words."""

import pytest

from kbis.bisect.account import account_of
from kbis.bisect.support import standing_of
from kbis.bisect.target import target_of
from kbis.log.kinds import Boot
from kbis.views.evidence_text import chance_words, counts_words, elsewhere_words, one_in, seen_words
from tests.facts import Facts, oid

BUG = "kernel BUG at mm/a.c:LINE!"


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (1.0, "100 %"),
        (0.338, "34 %"),
        (0.05, "1 in 20"),
        (1 / 254, "1 in 250"),
        (1.1e-6, "1 in 910000"),
        (9.99e-7, "1 in 10^6"),
        (1e-7, "1 in 10^7"),
        (3.3e-14, "1 in 10^13"),
        (1e-300, "1 in 10^300"),
        (0.0, "1 in more than 10^300"),
    ],
)
def test_a_chance_is_shown_so_that_it_can_be_grasped_and_is_never_nothing(chance: float, words: str) -> None:
    assert one_in(chance) == words


def test_the_evidence_of_a_revision_is_told_whole() -> None:
    facts = Facts()
    facts.tested("bad", *[BUG] * 8)
    facts.tested("c", "ok", "ok", "WARNING in stray", "boot-failed", "lost", "infra")
    standing = standing_of(facts.state(), oid("c"))
    assert seen_words(standing) == (
        "1 of 6 boots crashed, of another bug: WARNING in stray (a WARNING, not a kernel BUG); "
        "2 of 6 boots ran to the end without the target; 1 did not boot; 1 ended without a report; 1 failed in the lab"
    )
    assert elsewhere_words(standing.elsewhere, standing.target) == (
        "the target, kernel BUG at mm/a.c:LINE!, showed in 8 of 8 boots at 1 other revision"
    )
    assert chance_words(standing).startswith(
        "if the bug were here, 2 boots without it would have a chance of about 1 in "
    )


def test_where_nothing_was_booted_nothing_is_told() -> None:
    standing = standing_of(Facts().state(), oid("c"))
    assert seen_words(standing) == "no boot of it is recorded"
    assert elsewhere_words(standing.elsewhere, standing.target) == "the target is not known yet"
    assert chance_words(standing) == ""


@pytest.mark.parametrize(
    ("boot", "words"),
    [
        ("ok", "yes: the reproducer ran to its end without the target"),
        (BUG, "yes, same: the same title"),
        (
            "kernel BUG at mm/b.c:LINE!",
            "no, other: a kernel BUG in another file, mm/b.c, not mm/a.c",
        ),
        ("boot-failed", "no, cut short: it died before the reproducer ran"),
        ("lost", "no, cut short: it ended without a report before the reproducer did"),
        ("infra", "no: the lab failed"),
    ],
)
def test_each_boot_says_whether_it_counts_and_why(boot: str, words: str) -> None:
    facts = Facts()
    facts.tested("bad", BUG)
    [event] = facts.boots("c", boot)
    state = facts.state()
    assert isinstance(event.data, Boot)
    assert counts_words(event, account_of(event.data, target_of(state)), state) == words


def test_a_retracted_boot_says_by_what() -> None:
    facts = Facts()
    facts.tested("bad", BUG)
    [event] = facts.boots("c", "ok")
    by = facts.retract(event)
    state = facts.state()
    assert isinstance(event.data, Boot)
    said = counts_words(event, account_of(event.data, target_of(state)), state)
    assert said == f"no, it was retracted by {by.id.hex()[:12]}: wrong"
