"""Sound events in the wrong place: on another commit, in another bisection, in another repository."""

from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.log.kinds import Start
from kbis.log.line import SignedEvent, format_line, parse_line
from kbis.run.starting import begin
from kbis.run.wish import Wish
from tests.hostile.clone import LOG, NOTES, Clone, People, changed, finished
from tests.log.trees import publish
from tests.run.wheel import git

FAILED = 4


def test_events_on_another_commit_do_not_count_for_it(clone: Clone) -> None:
    before, status = clone.ids(), clone.kbis("status", "--json").out
    bad, good = clone.commits[8], clone.commits[0]
    clone.publish({bad: clone.lines(good)})
    assert clone.ids() == before
    assert clone.reasons() == {"misplaced"}
    assert clone.kbis("status", "--json").out == status
    assert clone.troubles() == {"warning: copy": len(clone.lines(good))}


def test_an_event_that_lies_only_on_another_commit_is_a_failure(clone: Clone, people: People) -> None:
    last = clone.events()[-1]
    event = changed(last, parents=(last.id,), lamport=last.lamport + 1)
    clone.publish({clone.commits[1]: [people.line(event, "ann")]})
    assert clone.troubles(FAILED) == {"failure: misplaced": 1}
    assert event.id not in clone.ids()


def test_a_real_amend_with_rewrite_ref_copies_events_and_changes_nothing(clone: Clone) -> None:
    before, status = clone.ids(), clone.kbis("status", "--json").out
    end = clone.commits[-1]
    git(clone.path, "config", "notes.rewriteRef", "refs/notes/*")
    git(clone.path, "commit", "--amend", "--allow-empty", "-q", "-m", "reworded")
    amended = git(clone.path, "rev-parse", "HEAD")
    assert amended != end
    assert clone.lines(amended, NOTES) == clone.lines(end)
    assert clone.ids() == before
    assert clone.kbis("status", "--json").out == status
    assert clone.troubles() == {"warning: copy": len(clone.lines(end))}
    assert "notes.rewriteRef" in clone.kbis("verify").out


def test_boots_of_one_bisection_are_none_of_another(clone: Clone) -> None:
    first = clone.events()[0].id
    session = clone.session(write=True)
    commits = clone.commits
    second = begin(session, Wish(commits[-1], (commits[0],), boots=4))
    both = clone.counted().bisections
    assert {first, second.id} == both.keys()
    assert [type(each.data) for each in both[second.id]] == [Start]
    assert "So far 0 builds, 0 boots" in clone.kbis("status", "-b", second.id.hex()[:12]).out


def test_an_event_relabelled_for_another_bisection_is_a_bad_signature(clone: Clone) -> None:
    commits = clone.commits
    old = clone.events()[-2]
    second = begin(clone.session(write=True), Wish(commits[-1], (commits[0],), boots=4))
    relabelled = changed(old, bisection=second.id, parents=(second.id,), lamport=2)
    [line] = [each for each in clone.lines(old.object.hex()) if parse_line(each).event.id == old.id]
    forged = format_line(SignedEvent(relabelled, parse_line(line).signature))
    clone.publish({old.object.hex(): [forged]})
    assert clone.reasons() == {"bad signature"}
    assert len(clone.counted().bisections[second.id]) == 1


def test_the_notes_of_another_repository_count_for_nothing(
    clone: Clone, people: People, tmp_path: Path
) -> None:
    other = finished(tmp_path / "other", people, count=11, first_bad=5)
    git(other.path, "commit", "--allow-empty", "--amend", "-q", "-m", "so that the roots differ")
    before = other.ids()
    git(other.path, "fetch", "-q", str(clone.path), f"{LOG}:refs/tmp/theirs")
    theirs = other.git.references["refs/tmp/theirs"].peel().tree_id
    publish(other.git, NOTES, theirs)
    assert other.ids() == before
    assert other.reasons() == {"other repository"}
    assert other.troubles(FAILED)["failure: other repository"] == len(clone.ids())


def test_a_clone_that_has_only_the_notes_of_another_repository_says_so(clone: Clone, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "lone")
    lone = Clone(tmp_path / "lone")
    git(lone.path, "commit", "--allow-empty", "-q", "-m", "another root")
    git(lone.path, "fetch", "-q", str(clone.path), f"{NOTES}:{NOTES}")
    (lone.path / ".git/kbis").mkdir()
    allowed = (clone.path / ".git/kbis/allowed_signers").read_text()
    (lone.path / ".git/kbis/allowed_signers").write_text(allowed)
    with pytest.raises(UserError, match="counts"):
        lone.session().bisection(None)
    assert "fetch the history they belong to" in lone.kbis("verify", code=FAILED).out
