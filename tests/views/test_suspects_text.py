from kbis.bisect.decision import Conclusion, Result
from kbis.bisect.suspects import Suspect, Suspects
from kbis.bisect.tally import Tally
from kbis.views.decision_text import MOST_LISTED, conclusion_lines, decision_json
from kbis.views.policy_text import boots_words, terms_words
from kbis.views.suspects_text import next_words, short_words, suspects_json, suspects_lines
from tests.facts import oid

SEEN = Suspects(
    likeliest=(Suspect(oid("c7"), 621_000), Suspect(oid("c3"), 203_000)),
    holding=3,
    candidates=217,
    elsewhere_ppm=1_000,
    next_ppm=480_000,
)


def subject(revision: bytes) -> str:
    return "net: simplify \x1b[2J" if revision == oid("c7") else ""


def test_it_says_how_many_commits_hold_most_and_which_are_likeliest() -> None:
    seven, three = oid("c7").hex()[:12], oid("c3").hex()[:12]
    assert list(suspects_lines(SEEN, subject)) == [
        "How sure: 3 of 217 commits hold 90 %. The likeliest:",
        rf"   62.10 %  {seven}  [net: simplify \u{{1b}}[2J]",
        f"   20.30 %  {three}",
    ]
    assert short_words(SEEN) == "3 of 217 commits hold 90 %, the likeliest one 62 %."


def test_it_says_why_a_revision_is_tested_and_what_is_known_of_it() -> None:
    assert next_words(SEEN) == "It has the bug with a chance of 48 %."
    booted = Suspects(SEEN.likeliest, 1, 217, 0, 5_000, Tally(misses=4))
    assert next_words(booted) == "It has the bug with a chance of 0.50 %; so far 4 of 4 boots passed."
    proof = Suspects(SEEN.likeliest, 1, 217, 0, 5_000, Tally(misses=4), proving=True)
    assert next_words(proof) == "The answer is clear, and this proves it; so far 4 of 4 boots passed."


def test_a_bug_that_may_be_older_is_told() -> None:
    older = Suspects(SEEN.likeliest, None, 217, 950_000)
    *_, last = suspects_lines(older, subject)
    assert last == "   95.00 %  older than the good ends"
    assert short_words(older).startswith("The bug may well be older than the good ends (95 %)")


def test_as_data_it_is_the_same() -> None:
    form = suspects_json(SEEN, subject)
    assert form is not None
    assert [each["chance_ppm"] for each in form["likeliest"]] == [621_000, 203_000]
    assert (form["holding"], form["candidates"], form["next_has_bug_ppm"]) == (3, 217, 480_000)
    assert suspects_json(None, subject) is None


def test_terms_are_told_as_each_policy_means_them() -> None:
    assert terms_words("bayes/1", 100) == "bayes/1, until 99 % sure"
    assert terms_words("git/1", 10) == "git/1, 10 boots a revision"
    assert "when 100 boots of it pass" in boots_words("bayes/1", 100)
    assert boots_words("git/1", 10) == ""


def ended(result: Result, *names: str, **more: object) -> list[str]:
    end = Conclusion(result, tuple(map(oid, names)), "no test would tell more", **more)  # type: ignore[arg-type]
    return conclusion_lines(end, lambda _: "")


def test_a_certainty_is_called_what_it_is_the_chance_of() -> None:
    sure = ended("first bad commit", "c7", confidence_ppm=994_000)
    assert sure == [f"{oid('c7').hex()} is the first bad commit", "This is 99.40 % sure."]
    missed = ended("first bad commit", "c7", confidence_ppm=900_000, sure_of="no missed bug")
    assert missed[1] == "The chance that no good verdict is a missed crash is at least 90.00 %."
    assert "--boots" in missed[2]
    form = decision_json(
        Conclusion("first bad commit", (oid("c7"),), "", confidence_ppm=1, sure_of="no missed bug")
    )
    assert form["sure_of"] == "no missed bug"


def test_a_range_names_its_commits_up_to_a_screenful() -> None:
    lines = ended("range", *(f"c{t}" for t in range(MOST_LISTED + 2)), confidence_ppm=991_000)
    assert lines[0] == f"The first bad commit could be any of {MOST_LISTED + 2}: no test would tell more."
    assert lines[1] == oid("c0").hex()
    assert lines[-2:] == ["and 2 more", "This is 99.10 % sure."]
