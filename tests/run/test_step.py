from pathlib import Path

import pytest

from kbis.bisect.decision import Conclusion, Decision
from kbis.errors import InfraError, UserError
from kbis.log.kinds import Boot, Build, Claim, Conclude, Verdict
from kbis.run.session import open_session
from tests.run.wheel import (
    KilledError,
    ScriptedLab,
    bug_since,
    crash,
    git,
    line_of_commits,
    started,
    to_the_end,
)

COUNT, FIRST_BAD = 12, 7


@pytest.fixture
def commits(tmp_path: Path) -> list[str]:
    return line_of_commits(tmp_path, COUNT)


@pytest.fixture(params=["git/1", "bayes/1"])
def policy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def first_bad(decision: Decision) -> str:
    assert isinstance(decision, Conclusion), decision
    assert decision.result == "first bad commit", decision
    return decision.candidates[0].hex()


def test_it_finds_the_first_bad_commit_and_records_why(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    _, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    lab = ScriptedLab(bug_since(commits, FIRST_BAD))
    state, decision = to_the_end(tmp_path, bisection, lab)
    assert first_bad(decision) == commits[FIRST_BAD]
    kinds = [type(each.data) for each in state.events]
    assert kinds.count(Build) == len(lab.built)
    assert kinds.count(Boot) == len(lab.booted)
    assert kinds.count(Conclude) == 1
    verdicts = [each.object for each in state.events if isinstance(each.data, Verdict)]
    assert set(verdicts) <= state.evidence.keys()
    assert len(verdicts) == len(set(verdicts)), (
        "no boot showed anything else than those before, so no verdict changed"
    )
    if policy == "git/1":
        assert kinds.count(Claim) == kinds.count(Verdict) == len(state.evidence)


def test_a_finished_bisection_is_not_concluded_twice(tmp_path: Path, commits: list[str], policy: str) -> None:
    _, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    lab = ScriptedLab(bug_since(commits, FIRST_BAD))
    ended, _ = to_the_end(tmp_path, bisection, lab)
    again, _ = to_the_end(tmp_path, bisection, lab)
    assert again.events == ended.events


@pytest.mark.parametrize("forgets", [False, True], ids=["images kept", "images lost"])
def test_killed_at_any_boot_it_goes_on_and_repeats_at_most_that_boot(
    tmp_path: Path, commits: list[str], policy: str, forgets: bool
) -> None:
    _, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    boot_of = bug_since(commits, FIRST_BAD)
    whole = ScriptedLab(boot_of)
    lab = ScriptedLab(boot_of, forgets_images=forgets)
    while True:
        lab.kill_at = len(lab.booted) + 1
        try:
            state, decision = to_the_end(tmp_path, bisection, lab)
        except KilledError:
            continue
        break
    assert first_bad(decision) == commits[FIRST_BAD]
    recorded = [each.object.hex() for each in state.events if isinstance(each.data, Boot)]
    assert recorded == lab.booted
    _, other = started(tmp_path, commits[-1], commits[0], policy=policy)
    to_the_end(tmp_path, other, whole)
    assert lab.booted == whole.booted


def test_a_revision_that_does_not_build_is_skipped_and_the_search_goes_on(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    _, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)

    def build_of(revision: str) -> Build:
        if revision in commits[5:7]:
            return Build("failed", "gcc 1", error="drivers/a.c:3: error: expected ';'")
        return Build("ok", "gcc 1", bytes.fromhex(revision))

    lab = ScriptedLab(bug_since(commits, FIRST_BAD), build_of)
    _, decision = to_the_end(tmp_path, bisection, lab)
    assert isinstance(decision, Conclusion)
    assert commits[FIRST_BAD] in [each.hex() for each in decision.candidates]
    assert not set(commits[5:7]) & set(lab.booted)


def test_revisions_with_the_same_kernel_share_their_boots(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    _, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    one_kernel = b"\1" * 32

    def build_of(revision: str) -> Build:
        same = revision in commits[1:FIRST_BAD]
        return Build("ok", "gcc 1", one_kernel if same else bytes.fromhex(revision))

    lab = ScriptedLab(bug_since(commits, FIRST_BAD), build_of)
    _, decision = to_the_end(tmp_path, bisection, lab)
    assert first_bad(decision) == commits[FIRST_BAD]
    tested = [each for each in dict.fromkeys(lab.built) if each in commits[1:FIRST_BAD]]
    booted = {each for each in lab.booted if each in commits[1:FIRST_BAD]}
    assert len(tested) > 1
    if policy == "git/1":
        assert len(booted) == 1
    # Told apart, they need more boots to be cleared.
    _, other = started(tmp_path, commits[-1], commits[0], policy=policy)
    apart = ScriptedLab(bug_since(commits, FIRST_BAD))
    to_the_end(tmp_path, other, apart)
    assert len(lab.booted) < len(apart.booted)


def test_a_lab_that_fails_again_and_again_stops_it_and_loses_nothing(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    session, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    broken = ScriptedLab(lambda *_: Boot("infra", error="QEMU is not there"))
    with pytest.raises(InfraError, match="QEMU is not there"):
        to_the_end(tmp_path, bisection, broken)
    assert len(session.again(bisection).of(bisection.bad).boots) == 3
    lab = ScriptedLab(bug_since(commits, FIRST_BAD))
    _, decision = to_the_end(tmp_path, bisection, lab)
    assert first_bad(decision) == commits[FIRST_BAD]


def test_a_build_that_the_lab_could_not_do_is_no_verdict(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    session, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    broken = ScriptedLab(lambda *_: crash(), lambda _: Build("infra", "", error="make is not installed"))
    with pytest.raises(InfraError, match="make is not installed"):
        to_the_end(tmp_path, bisection, broken)
    assert not session.again(bisection).of(bisection.bad).verdicts


def test_a_person_can_overrule_and_the_search_follows(
    tmp_path: Path, commits: list[str], policy: str
) -> None:
    from kbis.run import words

    session, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    lab = ScriptedLab(bug_since(commits, FIRST_BAD))
    _, decision = to_the_end(tmp_path, bisection, lab)
    assert first_bad(decision) == commits[FIRST_BAD]
    state = session.again(bisection)
    event = words.override(session, state, commits[FIRST_BAD], "good", "the crash was my disk")
    _, decision = to_the_end(tmp_path, bisection, lab)
    assert first_bad(decision) == commits[FIRST_BAD + 1]
    words.retract(session, session.again(bisection), [event.id.hex()], "no, it was not")
    _, decision = to_the_end(tmp_path, bisection, lab)
    assert first_bad(decision) == commits[FIRST_BAD]


def test_commits_that_are_not_here_cannot_be_tested(tmp_path: Path, commits: list[str]) -> None:
    _, bisection = started(tmp_path, commits[-1], commits[0])
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    git(empty, "commit", "-q", "--allow-empty", "-m", "another history")
    git(empty, "fetch", "-q", str(tmp_path), "refs/notes/kbis:refs/notes/kbis")
    (empty / ".git" / "kbis").mkdir()
    signers = (tmp_path / ".git" / "kbis" / "allowed_signers").read_text()
    (empty / ".git" / "kbis" / "allowed_signers").write_text(signers)
    session = open_session(empty, write=True, tell=lambda _: None)
    assert {each.reason for each in session.counted().ignored} <= {"other repository", "unknown bisection"}
    with pytest.raises(UserError):
        session.bisection(None)
    del bisection


def test_an_image_that_was_deleted_is_made_again(tmp_path: Path, commits: list[str], policy: str) -> None:
    _, bisection = started(tmp_path, commits[-1], commits[0], policy=policy)
    boot_of = bug_since(commits, FIRST_BAD)

    def gone_once(revision: str, boot: int) -> Boot:
        if revision == commits[-1] and boot == 2:
            lab.forgets_images = True
            return Boot("infra", error="could not open kernel file")
        lab.forgets_images = False
        return boot_of(revision, boot)

    lab = ScriptedLab(gone_once)
    _, decision = to_the_end(tmp_path, bisection, lab)
    assert first_bad(decision) == commits[FIRST_BAD]
    assert lab.built.count(commits[-1]) == 2
