"""A test script with the exit codes of `git bisect run`: the same search, on this machine only after a yes here."""

from dataclasses import replace
from pathlib import Path

import pytest

from kbis.bisect.decision import Conclusion, Test
from kbis.bisect.fold import Bisection
from kbis.errors import InfraError, UserError
from kbis.kernel.bounded import Output
from kbis.kernel.process import Finished
from kbis.kernel.script import read_script
from kbis.log.kinds import Boot
from kbis.run.consent import consent, require_consent
from kbis.run.key import adopt_key
from kbis.run.opening import open_wheel
from kbis.run.session import Session, open_session
from kbis.run.starting import begin
from kbis.run.step import Listener
from kbis.run.wish import Wish
from tests.run.wheel import git

FIRST_BAD, UNTESTABLE = 7, 5
SCRIPT = """\
test -e untestable && exit 125
test "$(cat number)" -ge 7 && { echo "broken at $(cat number)"; exit 1; }
exit 0
"""


@pytest.fixture
def commits(tmp_path: Path) -> list[str]:
    """A plain repository without any recipe, and the ids of its line of commits, oldest first."""
    repository = tmp_path / "plain"
    repository.mkdir()
    git(repository, "init", "-q")
    made = []
    for number in range(12):
        (repository / "number").write_text(f"{number}\n")
        (repository / "untestable").unlink(missing_ok=True)
        if number == UNTESTABLE:
            (repository / "untestable").touch()
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", f"c{number}")
        made.append(git(repository, "rev-parse", "HEAD"))
    return made


def begun(directory: Path, commits: list[str], text: str = SCRIPT) -> tuple[Session, Bisection]:
    script = directory / "check it.sh"
    script.write_text(text)
    adopt_key(directory / "plain")
    session = open_session(directory / "plain", write=True, tell=lambda _: None)
    wish = Wish(commits[-1], (commits[0],), boots=1, policy="git/1", script=script)
    return session, begin(session, wish)


def turned(session: Session, state: Bisection) -> tuple[Bisection, list[str], Conclusion]:
    tested: list[str] = []
    with open_wheel(session, state, Listener(), accept=False, tell=lambda _: None) as wheel:
        while True:
            state, decision = wheel.step(state)
            if isinstance(decision, Conclusion):
                return state, tested, decision
            assert isinstance(decision, Test)
            tested.append(decision.revision.hex())


def test_it_finds_what_git_bisect_run_finds_by_the_same_revisions(tmp_path: Path, commits: list[str]) -> None:
    _, tested, end = turned(*begun(tmp_path, commits))
    assert end.result == "first bad commit"
    assert end.candidates[0].hex() == commits[FIRST_BAD]

    git(tmp_path / "plain", "bisect", "start", commits[-1], commits[0])
    said = git(tmp_path / "plain", "bisect", "run", "sh", str(tmp_path / "check it.sh"))
    assert f"{commits[FIRST_BAD]} is the first bad commit" in said
    log = git(tmp_path / "plain", "bisect", "log").splitlines()
    gits = [line.split()[-1] for line in log if line.startswith("git bisect ") and " start " not in line]
    assert tested[2:] == gits, "after the two ends that kbis tests itself"


def test_what_it_printed_is_kept(tmp_path: Path, commits: list[str]) -> None:
    session, begun_ = begun(tmp_path, commits)
    state, _, _ = turned(session, begun_)
    crash = next(e for e in state.events if isinstance(e.data, Boot) and e.data.outcome == "crash")
    assert crash.data.title == "check it.sh: this revision is bad"  # type: ignore[union-attr]
    assert session.log.content(crash.attachments[0]).startswith(b"broken at ")


ENDED = Finished(0, Output(), 1, timed_out=False)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0, "ok"), (1, "crash"), (124, "crash"), (125, "boot-failed"), (126, "crash"), (127, "crash")],
)
def test_exit_codes_mean_what_git_says(status: int, outcome: str) -> None:
    assert read_script(replace(ENDED, status=status), "t").outcome == outcome


@pytest.mark.parametrize("status", [128, 137, 255, -9])
def test_from_128_on_it_is_the_labs_failure(status: int) -> None:
    with pytest.raises(InfraError, match="stops a bisection"):
        read_script(replace(ENDED, status=status), "t")


def test_a_script_that_does_not_end_hangs() -> None:
    assert read_script(replace(ENDED, status=-9, timed_out=True), "t").outcome == "hang"


def test_a_script_that_asks_to_stop_leaves_no_verdict_and_can_go_on(
    tmp_path: Path, commits: list[str]
) -> None:
    flag = tmp_path / "server is down"
    flag.touch()
    session, state = begun(tmp_path, commits, f'test -e "{flag}" && exit 200\n{SCRIPT}')
    with pytest.raises(InfraError, match="exit code 200"):
        turned(session, state)
    assert not any(isinstance(each.data, Boot) for each in session.again(state).events)
    flag.unlink()
    _, _, end = turned(session, session.again(state))
    assert end.candidates[0].hex() == commits[FIRST_BAD]


def test_a_script_that_was_pulled_runs_only_after_a_yes_for_that_script(
    tmp_path: Path, commits: list[str]
) -> None:
    ran = tmp_path / "ran"
    session, state = begun(tmp_path, commits)
    _, other = begun(tmp_path, commits, f"touch '{ran}'\n")
    elsewhere = replace(other, start=replace(other.start, key=b"\0" * 32))
    # What happened here is agreed to when it begins; forget that, as the pulling clone never knew it.
    (session.repository.directory / "kbis" / "accepted_recipes").unlink()
    consent(session, state)
    assert state.terms.recipe == other.terms.recipe, "both name a script of the same name"
    with (
        pytest.raises(UserError, match="its test script would run on this machine"),
        open_wheel(session, elsewhere, Listener(), accept=False, tell=lambda _: None),
    ):
        pass
    assert not ran.exists()
    consent(session, elsewhere)
    require_consent(session, elsewhere)


def test_a_script_in_a_recipe_is_found_beside_it(tmp_path: Path, commits: list[str]) -> None:
    (tmp_path / "t.sh").write_text(SCRIPT)
    (tmp_path / "kbis.toml").write_text('[test]\nscript = "t.sh"\ntimeout = 30\n')
    adopt_key(tmp_path / "plain")
    session = open_session(tmp_path / "plain", write=True, tell=lambda _: None)
    state = begin(session, Wish(commits[-1], (commits[0],), recipe=tmp_path / "kbis.toml"))
    assert [each.type for each in state.start.attachments] == ["recipe", "script"]


def test_a_script_takes_no_reproducer(tmp_path: Path, commits: list[str]) -> None:
    adopt_key(tmp_path / "plain")
    session = open_session(tmp_path / "plain", write=True, tell=lambda _: None)
    wish = Wish(commits[-1], (commits[0],), script=tmp_path / "t", reproducer=tmp_path / "r")
    with pytest.raises(UserError, match="takes the place of recipe and reproducer"):
        begin(session, wish)
