"""Tests of a few boots each, as `bayes/1` asks for them: claims, verdicts, kills and failures of the lab."""

import time
from collections.abc import Callable
from itertools import count, groupby, pairwise
from pathlib import Path

import pytest

from kbis.bisect.decision import Conclusion, Decision, Test
from kbis.bisect.fold import Bisection
from kbis.bisect.replay import replay
from kbis.bisect.suspects import Suspects
from kbis.log.event import Event
from kbis.log.kinds import Boot, Build, Claim, Conclude, Retract, Verdict
from kbis.run.judge import judge_of
from kbis.run.loop import turn_once
from kbis.run.session import Session, open_session
from kbis.run.step import Listener, Wheel
from tests.run.wheel import (
    KilledError,
    ScriptedLab,
    bug_since,
    crash,
    line_of_commits,
    started,
    to_the_end,
    wheel,
)

COUNT, FIRST_BAD, EVERY = 12, 7, 3


@pytest.fixture
def commits(tmp_path: Path) -> list[str]:
    return line_of_commits(tmp_path, COUNT)


@pytest.fixture
def begun(tmp_path: Path, commits: list[str]) -> tuple[Session, Bisection]:
    return started(tmp_path, commits[-1], commits[0], boots=40, policy="bayes/1")


def lab(commits: list[str], every: int = EVERY) -> ScriptedLab:
    return ScriptedLab(bug_since(commits, FIRST_BAD, every))


class Diary(Listener):
    """Writes down every decision, and the boots that came of it."""

    def __init__(self) -> None:
        self.pages: list[tuple[Decision, list[Boot]]] = []

    def decided(self, bisection: Bisection, decision: Decision, suspects: Suspects | None) -> None:
        self.pages.append((decision, []))

    def booted(self, boot: Boot, bisection: Bisection) -> None:
        self.pages[-1][1].append(boot)


def turned(begun: tuple[Session, Bisection], lab: ScriptedLab, **changes: object) -> tuple[Bisection, Wheel]:
    """Turn to the end."""
    session, state = begun
    policy, ground = judge_of(session, state)
    turning = Wheel(
        **{
            "session": session,
            "lab": lab,
            "policy": policy,
            "machine": "here",
            "ground": ground,
            "listener": Listener(),
        }
        | changes  # type: ignore[arg-type]
    )
    decision: Decision | None = None
    while not isinstance(decision, Conclusion):
        state, decision = turning.step(state)
    assert decision.result == "first bad commit"
    return state, turning


def disagreements(session: Session, state: Bisection) -> list[str]:
    policy, ground = judge_of(session, state)
    return [str(each) for each in replay(state, policy, ground(state)) if each.answer != "agrees"]


def claims(state: Bisection) -> list[Event]:
    return [each for each in state.events if isinstance(each.data, Claim)]


def test_a_test_is_so_many_boots_at_most_and_ends_at_the_first_that_shows_the_target(
    commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    diary = Diary()
    turned(begun, lab(commits), listener=diary)
    tests = [(each, boots) for each, boots in diary.pages if isinstance(each, Test)]
    assert any(each.boots is not None and each.boots > 1 for each, _ in tests)
    for test, boots in tests:
        hits = [boot.outcome == "crash" for boot in boots]
        assert test.boots is not None
        assert len(boots) <= test.boots
        assert True not in hits[:-1]
        assert len(boots) == test.boots or hits[-1], "it ended before its time"


def test_a_claim_is_kept_while_the_worker_stays_and_made_when_it_turns_to_another_revision(
    commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    diary = Diary()
    state, _ = turned(begun, lab(commits), listener=diary)
    at = [(each.revision, each.phase) for each, _ in diary.pages if isinstance(each, Test)]
    stays = [place for place, _ in groupby(at)]
    assert len(stays) < len(at), "more than one decision in a row was for the same revision"
    verdicts = sum(isinstance(each.data, Verdict) for each in state.events)
    # A verdict ends a claim, so that boots after it need another one.
    assert len(stays) <= len(claims(state)) <= len(stays) + verdicts


def test_a_step_trades_events_once_and_once_more_for_a_new_claim(
    commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    diary = Diary()
    trades: list[int] = []
    state, _ = turned(begun, lab(commits), listener=diary, exchange=lambda: trades.append(1))
    assert len(trades) == len(diary.pages) + len(claims(state)) + 1  # the conclusion is sent, too


def test_a_verdict_is_recorded_when_it_comes_up_and_not_again(
    commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    state, turning = turned(begun, lab(commits))
    for revision, evidence in state.evidence.items():
        said = [each.data.verdict for each in evidence.verdicts if isinstance(each.data, Verdict)]
        judgement = turning.policy.judge(state.with_trees(turning.ground(state).trees), revision)
        assert all(one != other for one, other in pairwise(said))
        assert judgement is None or said[-1] == judgement.verdict
    again, _ = turned((begun[0], state), lab(commits))
    assert again.events == state.events


def test_boots_that_the_lab_lost_are_made_again_and_three_in_a_row_end_it_wherever_they_fall(
    tmp_path: Path, commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    boot_of = bug_since(commits, FIRST_BAD, EVERY)
    made: dict[str, int] = {}

    def two_of_three_lost(revision: str, boot: int) -> Boot:
        if boot % 3:
            return Boot("infra", error="the cable is loose")
        made[revision] = made.get(revision, 0) + 1
        return boot_of(revision, made[revision])

    _, decision = to_the_end(tmp_path, begun[1], ScriptedLab(two_of_three_lost))
    assert isinstance(decision, Conclusion)
    assert [each.hex() for each in decision.candidates] == [commits[FIRST_BAD]]


@pytest.mark.parametrize("dead", ["boot-failed", "hang", "lost", "another crash", "no build"])
def test_revisions_that_cannot_be_tested_are_passed_over(
    tmp_path: Path, commits: list[str], begun: tuple[Session, Bisection], dead: str
) -> None:
    broken = commits[4:6]
    boot_of = bug_since(commits, FIRST_BAD, 1)

    def build_of(revision: str) -> Build:
        if dead == "no build" and revision in broken:
            return Build("failed", "gcc 1", error="the build took too long")
        return Build("ok", "gcc 1", bytes.fromhex(revision))

    def dying(revision: str, boot: int) -> Boot:
        if revision not in broken:
            return boot_of(revision, boot)
        match dead:
            case "boot-failed" | "hang" | "lost":
                return Boot(dead)
            case _:
                return crash("WARNING in another_function")

    _, decision = to_the_end(tmp_path, begun[1], ScriptedLab(dying, build_of))
    assert isinstance(decision, Conclusion)
    assert (decision.result, [each.hex() for each in decision.candidates]) == (
        "first bad commit",
        [commits[FIRST_BAD]],
    )


def test_killed_at_any_boot_its_decisions_still_follow_from_what_was_known(
    tmp_path: Path, commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    session, bisection = begun
    killed = lab(commits)
    while True:
        killed.kill_at = len(killed.booted) + 1
        try:
            state, _ = to_the_end(tmp_path, bisection, killed)
        except KilledError:
            continue
        break
    assert isinstance(state.conclusions[-1].data, Conclude)
    assert disagreements(session, state) == []


def test_a_claim_is_renewed_while_the_test_takes_its_time(
    commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    now = time.time_ns() // 1_000_000
    minutes = count()

    def clock() -> int:
        return now + next(minutes) * 60_000

    state, _ = turned(begun, lab(commits), clock=clock, claim_ms=12 * 60_000)
    places = [(each.object, each.data.phase) for each in claims(state) if isinstance(each.data, Claim)]
    assert any(one == other for one, other in pairwise(places))
    assert disagreements(begun[0], state) == []


def test_one_step_alone_leaves_no_claim_behind(commits: list[str], begun: tuple[Session, Bisection]) -> None:
    session, state = begun
    turning = wheel(session, state, lab(commits, every=10))
    state, decision = turn_once(turning, state)
    assert isinstance(decision, Test)
    assert not state.of(state.bad).verdicts
    assert isinstance(state.events[-1].data, Retract)
    other = wheel(session, state, lab(commits), "another")
    assert other._busy(state) == frozenset()


def interrupting(after: int, boot_of: Callable[[str, int], Boot]) -> Callable[[str, int], Boot]:
    total = 0

    def boot(revision: str, number: int) -> Boot:
        nonlocal total
        total += 1
        if total > after:
            raise KeyboardInterrupt
        return boot_of(revision, number)

    return boot


def test_a_worker_that_is_stopped_between_two_boots_gives_its_claim_back(
    tmp_path: Path, commits: list[str], begun: tuple[Session, Bisection]
) -> None:
    session, state = begun
    stopped = ScriptedLab(interrupting(8, bug_since(commits, FIRST_BAD, EVERY)))
    with pytest.raises(KeyboardInterrupt):
        to_the_end(tmp_path, state, stopped)
    state = session.again(state)
    assert wheel(session, state, stopped, "another")._busy(state) == frozenset()
    again = open_session(tmp_path, write=True, tell=lambda _: None)
    assert disagreements(again, again.again(state)) == []
