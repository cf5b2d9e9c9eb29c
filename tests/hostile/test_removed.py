"""Lines taken away: nothing is lost where they were, and whoever lacks them is told what is missing."""

from pathlib import Path

import pygit2
import pytest

from kbis.log.line import parse_line
from kbis.log.notes import write_tree
from tests.hostile.clone import LOG, NOTES, Clone
from tests.log.trees import publish, tree_of
from tests.run.wheel import git

FAILED = 4


@pytest.fixture
def hub(clone: Clone, tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    git(clone.path, "remote", "add", "origin", str(tmp_path / "hub.git"))
    git(clone.path, "push", "-q", "origin", "main", NOTES)
    return tmp_path / "hub.git"


def without_middle(hub: Path, clone: Clone) -> bytes:
    """Let the hub drop one line that others follow, in a commit on top; return the event's id."""
    event = clone.events()[9]
    repo = pygit2.Repository(str(hub))
    held = Clone(hub).lines(event.object.hex(), NOTES)
    kept = [each for each in held if event.id != parse_line(each).event.id]
    assert len(kept) == len(held) - 1
    blob = repo.create_blob(b"".join(each + b"\n" for each in sorted(kept)))
    publish(repo, NOTES, write_tree(repo, tree_of(repo, NOTES), {event.object.hex(): blob}))
    return event.id


def cloned(hub: Path, clone: Clone, path: Path) -> Clone:
    git(path.parent, "clone", "-q", str(hub), str(path))
    (path / ".git/kbis").mkdir()
    allowed = (clone.path / ".git/kbis/allowed_signers").read_text()
    (path / ".git/kbis/allowed_signers").write_text(allowed)
    return Clone(path)


def test_notes_removed_by_hand_come_back_and_it_is_told_who_did_it(clone: Clone) -> None:
    before = clone.ids()
    git(clone.path, "-c", "user.name=Eve", "notes", "--ref=kbis", "remove", clone.commits[0])
    report = clone.kbis("verify").out
    assert "Eve took lines out of refs/notes/kbis with commit" in report
    assert clone.ids() == before
    assert tree_of(clone.git, NOTES) == tree_of(clone.git, LOG)


def test_a_line_that_the_hub_dropped_is_named_and_not_lost(clone: Clone, hub: Path) -> None:
    before = clone.ids()
    without_middle(hub, clone)
    git(clone.path, "fetch", "-q", "origin", f"+{NOTES}:refs/kbis/remotes/origin/notes")
    report = clone.kbis("verify").out
    assert "Somebody took lines out of refs/kbis/remotes/origin/notes with commit" in report
    assert "refs/kbis/remotes/origin/notes lacks 1 event of this log" in report
    assert clone.ids() == before


def test_a_hub_that_made_its_history_anew_without_a_line_is_found_out(clone: Clone, hub: Path) -> None:
    without_middle(hub, clone)
    repo = pygit2.Repository(str(hub))
    publish(repo, NOTES, tree_of(repo, NOTES), after=False)
    git(clone.path, "fetch", "-q", "origin", f"+{NOTES}:refs/kbis/remotes/origin/notes")
    [where] = [each for each in clone.verify()["elsewhere"] if "origin" in each["ref"]]
    assert where["robbed"] > 0
    assert clone.troubles()["warning: lines removed"] > 0


def test_a_clone_that_never_saw_the_dropped_line_counts_nothing_that_follows_it(
    clone: Clone, hub: Path, tmp_path: Path
) -> None:
    lost = without_middle(hub, clone)
    fresh = cloned(hub, clone, tmp_path / "fresh")
    git(fresh.path, "fetch", "-q", "origin", f"{NOTES}:{NOTES}")
    following = sum(each.lamport > 10 for each in clone.events())
    assert fresh.troubles(FAILED) == {"failure: missing parent": following}
    assert f"it follows {lost.hex()[:12]}, which is not here" in fresh.kbis("verify", code=FAILED).out
    assert fresh.ids() == {each.id for each in clone.events() if each.lamport < 10}
    git(fresh.path, "fetch", "-q", str(clone.path), f"+{NOTES}:{NOTES}")
    assert fresh.ids() == clone.ids()
    assert fresh.troubles() == {}
