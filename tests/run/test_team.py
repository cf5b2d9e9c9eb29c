"""Several workers on one log: they share the work, and none repeats another's."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from kbis.bisect.decision import Conclusion, Test, Wait
from kbis.bisect.fold import Bisection
from kbis.bisect.replay import replay
from kbis.log.kinds import Boot, Claim
from kbis.run.judge import judge_of
from kbis.run.session import Session, open_session
from kbis.run.step import Wheel
from kbis.run.words import override
from tests.run.wheel import ScriptedLab, bug_since, line_of_commits, started, wheel

COUNT, FIRST_BAD, BOOTS = 40, 23, 4


@pytest.fixture
def commits(tmp_path: Path) -> list[str]:
    return line_of_commits(tmp_path, COUNT)


@pytest.fixture(params=["git/1", "bayes/1"])
def policy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def worker(repository: Path, bisection: Bisection, lab: ScriptedLab, name: str) -> tuple[Session, Wheel]:
    session = open_session(repository, write=True, tell=lambda _: None)
    return session, wheel(session, bisection, lab, name)


def claimed(session: Session, turning: Wheel, bisection: Bisection) -> Test | Wait:
    """Let a worker claim what it would test, without testing it."""
    state = session.again(bisection)
    decision = turning.policy.decide(state, turning.ground(state), turning._busy(state))
    assert isinstance(decision, Test | Wait)
    if isinstance(decision, Test):
        turning._claimed(state, decision)
    return decision


def test_two_workers_are_given_different_revisions(tmp_path: Path, commits: list[str], policy: str) -> None:
    session, bisection = started(tmp_path, commits[-1], commits[0], BOOTS, policy)
    lab = ScriptedLab(bug_since(commits, FIRST_BAD))
    turning = wheel(session, bisection, lab, "one")
    state = session.again(bisection)
    while not state.of(bisection.bad).verdicts:
        state, _ = turning.step(state)
    found = []
    for name in ("one", "two", "three", "four"):
        other, its = worker(tmp_path, state, lab, name)
        decision = claimed(other, its, state)
        assert isinstance(decision, Test)
        found.append(decision.revision.hex())
    assert len(set(found)) == 4
    positions = sorted(commits.index(each) for each in found if each != commits[0])
    gaps = [b - a for a, b in zip([0, *positions], [*positions, COUNT - 1], strict=True)]
    assert max(gaps) <= COUNT // 2, "the workers are spread over the range"


def test_a_claim_that_ran_out_holds_nobody_up(tmp_path: Path, commits: list[str], policy: str) -> None:
    session, bisection = started(tmp_path, commits[-1], commits[0], BOOTS, policy)
    lab = ScriptedLab(bug_since(commits, FIRST_BAD))
    dead = wheel(session, bisection, lab, "dead")
    assert isinstance(claimed(session, dead, bisection), Test)
    other, its = worker(tmp_path, bisection, lab, "alive")
    assert isinstance(claimed(other, its, bisection), Wait)
    [claim] = [each.data for each in other.again(bisection).events if isinstance(each.data, Claim)]
    assert isinstance(claim, Claim)
    later = Wheel(other, lab, its.policy, "alive", its.ground, its.listener, clock=lambda: claim.until + 1)
    assert isinstance(claimed(other, later, bisection), Test)


class SharedFloor:
    """Where all labs stand: it notices when two boot the same revision at once."""

    def __init__(self, boot_of: Callable[[str, int], Boot]) -> None:
        self._boot_of = boot_of
        self._lock = threading.Lock()
        self._now: Counter[str] = Counter()
        self.clashes: list[str] = []
        self.workers: set[str] = set()

    def lab(self) -> ScriptedLab:
        return ScriptedLab(self._boot)

    def _boot(self, revision: str, number: int) -> Boot:
        with self._lock:
            self.workers.add(threading.current_thread().name)
            self._now[revision] += 1
            if self._now[revision] > 1:
                self.clashes.append(revision)
        threading.Event().wait(0.02)
        with self._lock:
            self._now[revision] -= 1
        return self._boot_of(revision, number)


def test_workers_side_by_side_find_it_and_never_test_one_revision_at_once(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    session, bisection = started(tmp_path, commits[-1], commits[0], BOOTS, policy)
    floor = SharedFloor(bug_since(commits, FIRST_BAD))
    ends: list[str] = []

    def work(name: str) -> None:
        own, turning = worker(tmp_path, bisection, floor.lab(), name)
        state = own.again(bisection)
        while True:
            state, decision = turning.step(state)
            if isinstance(decision, Conclusion):
                ends.append(decision.candidates[0].hex())
                return
            if isinstance(decision, Wait):
                threading.Event().wait(0.05)

    threads = [threading.Thread(target=work, name=f"{n}", args=(f"worker {n}",)) for n in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ends == [commits[FIRST_BAD]] * 3
    assert floor.clashes == []
    assert floor.workers == {"0", "1", "2"}
    state = session.again(bisection)
    rule, ground = judge_of(session, state)
    checks = list(replay(state, rule, ground(state)))
    assert [each for each in checks if each.answer != "agrees"] == []
    assert len(checks) > 10
    if policy == "git/1":
        boots = Counter(each.object for each in state.events if isinstance(each.data, Boot))
        assert max(boots.values()) <= BOOTS


def test_a_test_ends_when_another_worker_concludes(tmp_path: Path, commits: list[str], policy: str) -> None:
    session, bisection = started(tmp_path, commits[-1], commits[0], BOOTS, policy)
    bug = bug_since(commits, FIRST_BAD)
    ends: list[str] = []

    def interrupted(revision: str, boot: int) -> Boot:
        if revision not in (commits[0], commits[-1]) and not ends:
            before = session.again(bisection)
            override(session, before, commits[FIRST_BAD - 1], "good", "I know this code")
            override(session, before, commits[FIRST_BAD], "bad", "I know this code")
            state = session.again(bisection)
            other, its = worker(tmp_path, state, ScriptedLab(bug), "other")
            while not isinstance(decision := its.step(other.again(state))[1], Conclusion):
                assert isinstance(decision, Test)
            ends.append(revision)
        return bug(revision, boot)

    lab = ScriptedLab(interrupted)
    turning = wheel(session, bisection, lab, "interrupted")
    state = session.again(bisection)
    while not ends:
        state, _ = turning.step(state)
    assert lab.booted[-1] == ends[0], "the boot at hand is recorded"
    assert lab.booted.count(ends[0]) == 1, "and no other one is made"
    state, decision = turning.step(state)
    assert isinstance(decision, Conclusion)
    rule, ground = judge_of(session, state)
    assert [each for each in replay(state, rule, ground(state)) if each.answer != "agrees"] == []


def test_a_worker_that_is_stopped_gives_its_claim_back(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    session, bisection = started(tmp_path, commits[-1], commits[0], BOOTS, policy)

    def interrupted(_revision: str, _boot: int) -> Boot:
        raise KeyboardInterrupt

    turning = wheel(session, bisection, ScriptedLab(interrupted), "stopped")
    with pytest.raises(KeyboardInterrupt):
        turning.step(session.again(bisection))
    other, its = worker(tmp_path, bisection, ScriptedLab(interrupted), "other")
    assert isinstance(claimed(other, its, bisection), Test)
