import pytest

from kbis.bisect.decision import Conclusion, Test, Unseen
from kbis.bisect.graph import Graph
from kbis.bisect.policies.syzkaller1 import Syzkaller1
from kbis.bisect.policy import Release, Terrain, policy_named
from tests.facts import Facts, oid

BUG, OTHER = "kernel BUG in a", "WARNING in b"
LINE = ("c0", "c1", "c2", "c3", "bad")


def facts_from(*start: str, good: tuple[str, ...] = ("c0",)) -> Facts:
    facts = Facts(good=good, policy="syzkaller/1", boots=10)
    facts.tested("bad", *start)
    return facts


def steady() -> Facts:
    """The start commit crashed in all of its twenty runs."""
    return facts_from(*[BUG] * 20)


def flaky() -> Facts:
    """The start commit crashed in six of its twenty runs."""
    return facts_from(*[BUG] * 6, *["ok"] * 14)


def terrain(*releases: tuple[str, str]) -> Terrain:
    names = LINE[1:] if not releases else LINE
    rows = [(oid(name), at, [oid(names[at - 1])] if at else []) for at, name in enumerate(names)]
    return Terrain(Graph.of(rows), tuple(Release(tag, oid(name)) for tag, name in releases))


def verdict(facts: Facts, name: str) -> str | None:
    judgement = Syzkaller1().judge(facts.state(), oid(name))
    return None if judgement is None else judgement.verdict


class TestVerdicts:
    @pytest.mark.parametrize(
        ("runs", "expected"),
        [
            (["ok"] * 10, "good"),
            ([BUG] * 2 + ["ok"] * 8, "bad"),
            ([OTHER] * 2 + ["ok"] * 8, "bad"),
            ([OTHER] + ["ok"] * 9, "skip"),
            (["ok"] * 5 + ["boot-failed"] * 5, "good"),
            (["ok"] * 4 + ["boot-failed"] * 6, "skip"),
            ([BUG] * 4 + ["boot-failed"] * 6, "skip"),
            (["hang"] * 2 + ["ok"] * 8, "bad"),
            (["lost"] * 5 + ["ok"] * 5, "good"),
            (["ok"] * 9, None),
        ],
    )
    def test_ten_runs_are_judged_whatever_the_title(self, runs: list[str], expected: str | None) -> None:
        facts = steady()
        facts.tested("c2", *runs)
        assert verdict(facts, "c2") == expected

    def test_the_start_commit_gets_twenty_runs(self) -> None:
        assert verdict(facts_from(*[BUG] * 19), "bad") is None
        assert verdict(steady(), "bad") == "bad"

    def test_three_crashes_in_twenty_are_needed(self) -> None:
        assert verdict(facts_from(*[BUG] * 2, *["ok"] * 18), "bad") == "skip"
        assert verdict(facts_from(*[BUG] * 3, *["ok"] * 17), "bad") == "bad"

    def test_a_flaky_bug_doubles_the_runs_of_all_that_follow(self) -> None:
        facts = flaky()
        facts.tested("c2", *["ok"] * 10)
        assert verdict(facts, "c2") is None
        facts.boots("c2", *["ok"] * 10)
        assert verdict(facts, "c2") == "good"

    def test_a_flaky_bug_demands_three_quarters_good(self) -> None:
        facts = flaky()
        facts.tested("c2", *["ok"] * 14, *["boot-failed"] * 6)
        facts.tested("c3", *["ok"] * 15, *["boot-failed"] * 5)
        assert (verdict(facts, "c2"), verdict(facts, "c3")) == ("skip", "good")

    def test_a_revision_that_turns_out_flaky_leaves_earlier_verdicts_alone(self) -> None:
        facts = steady()
        facts.tested("c1", *["ok"] * 10)
        facts.tested("c3", *[BUG] * 3, *["ok"] * 7)
        facts.tested("c2", *["ok"] * 10)
        assert [verdict(facts, name) for name in ("c1", "c3", "c2")] == ["good", "bad", None]

    def test_a_lost_connection_counts_when_the_start_lost_its_own(self) -> None:
        facts = facts_from(*["lost"] * 20)
        facts.tested("c2", *["lost"] * 10)
        assert verdict(facts, "c2") == "bad"

    def test_what_does_not_build_is_skipped(self) -> None:
        facts = steady()
        facts.build("c2", "failed")
        assert verdict(facts, "c2") == "skip"

    def test_a_persons_word_stands(self) -> None:
        facts = steady()
        facts.override("c2", "good")
        assert verdict(facts, "c2") == "good"


class TestDecisions:
    def test_it_goes_by_its_name(self) -> None:
        assert isinstance(policy_named("syzkaller/1"), Syzkaller1)

    def test_the_start_is_tested_first_and_must_be_bad(self) -> None:
        assert Syzkaller1().decide(Facts(good=("c0",)).state(), terrain()) == Test(oid("bad"), "start")
        decision = Syzkaller1().decide(facts_from(*["ok"] * 20).state(), terrain())
        assert isinstance(decision, Conclusion)
        assert decision.result == "not reproduced at the bad end"

    def test_the_search_is_gits(self) -> None:
        facts = steady()
        assert Syzkaller1().decide(facts.state(), terrain()) == Test(oid("c2"), "bisect", 1, 1)

    def test_too_many_failures_of_the_lab_end_it(self) -> None:
        facts = steady()
        facts.tested("c2", *["infra"] * 8, "ok", BUG)
        decision = Syzkaller1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert (decision.result, decision.candidates) == ("not confirmed", (oid("c2"),))

    def test_one_outlier_crash_is_no_longer_decisive(self) -> None:
        facts = steady()
        facts.tested("c2", OTHER, *["ok"] * 9)
        facts.tested("c3", *[BUG] * 10)
        facts.tested("c1", *["ok"] * 10)
        decision = Syzkaller1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert decision.result == "untestable between"
        assert set(decision.candidates) == {oid("c2"), oid("c3")}

    def test_a_bug_that_always_shows_gives_full_confidence(self) -> None:
        facts = steady()
        facts.tested("c2", *[BUG] * 10)
        facts.tested("c1", *["ok"] * 10)
        decision = Syzkaller1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        assert (decision.candidates, decision.confidence_ppm) == ((oid("c2"),), 1_000_000)

    def test_good_verdicts_of_a_flaky_bug_cost_confidence(self) -> None:
        facts = flaky()
        facts.tested("c2", *[BUG] * 4, *["ok"] * 16)
        facts.tested("c1", *["ok"] * 20)
        decision = Syzkaller1().decide(facts.state(), terrain())
        assert isinstance(decision, Conclusion)
        # The start showed 0.3 and c2 0.2, so the rate is taken for 0.25; c1 had twenty good runs.
        assert decision.confidence_ppm == int(1e6 * (1 - 0.75**20))


class TestReleases:
    RELEASES = (("v3.0", "c2"), ("v2.0", "c1"), ("v1.0", "c0"))

    def test_releases_are_walked_down_until_one_is_good(self) -> None:
        facts = facts_from(*[BUG] * 20, good=())
        policy, ground = Syzkaller1(), terrain(*self.RELEASES)
        assert policy.decide(facts.state(), ground) == Test(oid("c2"), "release v3.0")
        facts.tested("c2", *[BUG] * 10)
        assert policy.decide(facts.state(), ground) == Test(oid("c1"), "release v2.0")
        facts.tested("c1", *["ok"] * 10)
        decision = policy.decide(facts.state(), ground)
        assert isinstance(decision, Conclusion)
        assert (decision.result, decision.candidates) == ("first bad commit", (oid("c2"),))

    def test_a_release_that_cannot_be_tested_is_passed_over(self) -> None:
        facts = facts_from(*[BUG] * 20, good=())
        facts.build("c2", "failed")
        assert Syzkaller1().decide(facts.state(), terrain(*self.RELEASES)) == Test(oid("c1"), "release v2.0")

    @pytest.mark.parametrize(
        ("runs", "result"),
        [([BUG] * 10, "already bad at the oldest"), (["boot-failed"] * 10, "not confirmed")],
    )
    def test_the_oldest_release_must_be_good(self, runs: list[str], result: str) -> None:
        facts = facts_from(*[BUG] * 20, good=())
        for name in ("c2", "c1"):
            facts.tested(name, *[BUG] * 10)
        facts.tested("c0", *runs)
        decision = Syzkaller1().decide(facts.state(), terrain(*self.RELEASES))
        assert isinstance(decision, Conclusion)
        assert (decision.result, decision.candidates) == (result, (oid("c0"),))

    def test_without_releases_the_next_one_is_not_guessed(self) -> None:
        facts = facts_from(*[BUG] * 20, good=())
        assert Syzkaller1().decide(facts.state(), Terrain(None)) == Unseen("release")
