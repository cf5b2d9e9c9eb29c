import pytest

from kbis.bisect.decision import Conclusion, Test, Unseen, Wait
from kbis.bisect.graph import Graph
from kbis.bisect.policies.git1 import Git1
from kbis.bisect.policy import Terrain, UnknownPolicyError, policy_named
from tests.facts import Facts, oid

BUG = "kernel BUG at drivers/a.c:LINE!"
OTHER = "WARNING in b"
LINE = ("good", "c1", "c2", "c3", "c4", "c5", "c6", "bad")


def terrain() -> Terrain:
    names = LINE[1:]
    rows = [(oid(n), i, [oid(names[i - 1])] if i else []) for i, n in enumerate(names)]
    return Terrain(Graph.of(rows))


def ends(**more: object) -> Facts:
    facts = Facts(**more)  # type: ignore[arg-type]
    facts.tested("bad", BUG, "ok", BUG, "ok")
    facts.tested("good", "ok", "ok", "ok", "ok")
    return facts


def verdict(facts: Facts, name: str) -> str | None:
    judgement = Git1().judge(facts.state(), oid(name))
    return judgement and judgement.verdict


class TestVerdicts:
    def test_one_boot_with_the_target_makes_a_revision_bad(self) -> None:
        facts = ends()
        facts.tested("c3", "ok", BUG)
        assert verdict(facts, "c3") == "bad"

    def test_a_revision_is_good_only_when_all_agreed_boots_passed(self) -> None:
        facts = ends()
        facts.tested("c3", "ok", "ok", "ok")
        assert verdict(facts, "c3") is None
        facts.boots("c3", "ok")
        assert verdict(facts, "c3") == "good"

    def test_another_crash_counts_for_nothing(self) -> None:
        facts = ends()
        facts.tested("c3", OTHER, "ok", "ok", "ok")
        assert verdict(facts, "c3") is None
        facts.boots("c3", "ok")
        assert verdict(facts, "c3") == "good"

    def test_the_target_under_a_moved_file_is_still_the_target(self) -> None:
        facts = ends()
        facts.tested("c3", "kernel BUG at drivers/moved/a.c:LINE!")
        assert verdict(facts, "c3") == "bad"

    def test_what_does_not_build_is_skipped(self) -> None:
        facts = ends()
        facts.build("c3", "failed")
        assert verdict(facts, "c3") == "skip"

    def test_a_failure_of_the_lab_is_no_verdict(self) -> None:
        facts = ends()
        facts.build("c3", "infra")
        assert verdict(facts, "c3") is None
        facts.build("c3")
        facts.boots("c3", "infra", "infra", "infra", "infra")
        assert verdict(facts, "c3") is None

    def test_what_never_boots_is_skipped(self) -> None:
        facts = ends()
        facts.tested("c3", "boot-failed", "boot-failed", "boot-failed")
        assert verdict(facts, "c3") == "skip"

    def test_a_persons_word_stands_above_the_boots(self) -> None:
        facts = ends()
        facts.tested("c3", BUG)
        word = facts.override("c3", "good")
        assert verdict(facts, "c3") == "good"
        facts.retract(word)
        assert verdict(facts, "c3") == "bad"

    def test_boots_of_one_kernel_count_for_every_revision_that_has_it(self) -> None:
        facts = ends()
        facts.build("c3", kernel="same")
        facts.boots("c3", "ok", "ok", "ok", "ok")
        facts.build("c4", kernel="same")
        assert verdict(facts, "c4") == "good"

    def test_the_bad_end_gets_all_its_boots_for_the_rate(self) -> None:
        facts = Facts()
        facts.tested("bad", BUG, BUG, BUG)
        assert verdict(facts, "bad") is None
        facts.boots("bad", "ok")
        assert verdict(facts, "bad") == "bad"

    def test_the_target_is_the_most_frequent_crash_at_the_bad_end_not_the_first(self) -> None:
        facts = Facts()
        facts.tested("bad", OTHER, BUG, BUG, "ok")
        facts.tested("c3", OTHER)
        assert verdict(facts, "c3") is None
        facts.boots("c3", BUG)
        assert verdict(facts, "c3") == "bad"


class TestDecisions:
    def test_the_ends_are_tested_before_the_search(self) -> None:
        facts = Facts()
        assert Git1().decide(facts.state(), terrain()) == Test(oid("bad"), "bad end")
        facts.tested("bad", BUG, BUG, BUG, BUG)
        assert Git1().decide(facts.state(), terrain()) == Test(oid("good"), "good end")

    def test_the_search_goes_on_where_git_would(self) -> None:
        assert Git1().decide(ends().state(), terrain()) == Test(oid("c3"), "bisect", 3, 2)

    def test_vouched_ends_are_not_tested_but_the_target_must_be_known(self) -> None:
        facts = Facts(check_ends=False)
        assert Git1().decide(facts.state(), terrain()) == Test(oid("bad"), "bad end")
        facts.tested("bad", BUG, BUG, BUG, BUG)
        assert Git1().decide(facts.state(), terrain()) == Test(oid("c3"), "bisect", 3, 2)

    def test_a_bug_that_never_shows_at_the_bad_end_is_said_to_be_so(self) -> None:
        facts = Facts()
        facts.tested("bad", "ok", "ok", "ok", "ok")
        decision = Git1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert decision.result == "not reproduced at the bad end"

    def test_a_good_end_that_shows_the_bug_is_said_to_be_so(self) -> None:
        facts = Facts()
        facts.tested("bad", BUG, BUG, BUG, BUG)
        facts.tested("good", BUG)
        decision = Git1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert decision.result == "already bad at the oldest"

    def test_an_end_that_cannot_be_tested_confirms_nothing(self) -> None:
        facts = Facts()
        facts.build("bad", "failed")
        decision = Git1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert decision.result == "not confirmed"

    def test_the_first_bad_commit_comes_with_how_sure_it_is(self) -> None:
        facts = ends()
        facts.tested("c3", "ok", "ok", "ok", "ok")
        facts.tested("c4", BUG)
        decision = Git1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert (decision.result, decision.candidates) == ("first bad commit", (oid("c4"),))
        assert decision.confidence_ppm is not None
        assert 500_000 < decision.confidence_ppm < 1_000_000

    def test_more_boots_at_the_good_commits_make_it_surer(self) -> None:
        surety = []
        for boots in (4, 12):
            facts = Facts(boots=boots)
            facts.tested("bad", *[BUG, "ok"] * (boots // 2))
            for name in ("good", "c3"):
                facts.tested(name, *["ok"] * boots)
            facts.tested("c4", BUG)
            decision = Git1().decide(facts.state(), terrain())
            assert isinstance(decision, Conclusion)
            surety.append(decision.confidence_ppm or 0)
        assert surety[0] < surety[1]

    def test_a_stretch_that_does_not_build_is_named_whole(self) -> None:
        facts = ends()
        facts.tested("c2", "ok", "ok", "ok", "ok")
        facts.tested("c5", BUG)
        for name in ("c3", "c4"):
            facts.build(name, "failed")
        decision = Git1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert decision.result == "untestable between"
        assert set(decision.candidates) == {oid("c3"), oid("c4"), oid("c5")}

    def test_a_bug_that_came_and_went_confirms_nothing(self) -> None:
        facts = ends()
        facts.tested("c2", BUG)
        facts.tested("c4", "ok", "ok", "ok", "ok")
        decision = Git1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert decision.result == "not confirmed"
        assert set(decision.candidates) == {oid("c2"), oid("c4")}

    def test_without_the_commits_the_next_revision_is_not_guessed(self) -> None:
        assert Git1().decide(ends().state(), Terrain(None)) == Unseen("bisect")


def test_an_unknown_policy_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownPolicyError, match=r"nobody/9.*git/1"):
        policy_named("nobody/9")


def test_an_end_that_a_person_skipped_is_not_said_to_have_shown_something_else() -> None:
    facts = ends()
    facts.override("bad", "skip")
    decision = Git1().decide(facts.state(), terrain())
    assert isinstance(decision, Conclusion)
    assert decision.result == "not confirmed"
    assert "seen were" not in decision.reason


def test_a_bad_end_by_a_persons_word_is_booted_to_learn_its_crash_and_nobody_is_waited_for() -> None:
    facts = Facts()
    facts.override("bad", "bad")
    assert Git1().decide(facts.state(), terrain()) == Test(oid("bad"), "bad end", boots=4)
    assert Git1().decide(facts.state(), terrain(), frozenset([oid("bad")])) == Wait((oid("bad"),))
    facts.tested("bad", "boot-failed", "boot-failed", "boot-failed")
    decision = Git1().decide(facts.state(), terrain())
    assert isinstance(decision, Conclusion)
    assert decision.result == "not confirmed"
    assert "no boot of it showed a crash to look for: 3 did not boot" in decision.reason
