"""In a partial clone the log is fetched whole all the same, and what is missing of it is fetched when it is missed."""

from pathlib import Path

import pytest

from kbis.errors import IntegrityError
from kbis.log import remote
from kbis.log.places import fetch_place
from kbis.log.promised import promisors
from kbis.run.tree_file import file_at
from tests.log.world import BOB, NOTES, git
from tests.team.clones import Clone, clone_of, events_at, make_hub, with_a_file

KINDS = ["blob:none", "tree:0"]
TRACKING = "refs/kbis/remotes/origin/notes"


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    hub = make_hub(tmp_path)
    git(hub, "config", "uploadpack.allowFilter", "true")
    return hub


@pytest.fixture
def ann(hub: Path, tmp_path: Path) -> Clone:
    ann = clone_of(hub, tmp_path / "ann")
    ann.start()
    ann.append(1, 3)
    ann.push()
    return ann


@pytest.fixture(params=KINDS)
def part(request: pytest.FixtureRequest, ann: Clone, hub: Path, tmp_path: Path) -> Clone:
    """A clone without blobs, or without trees too."""
    return clone_of(f"file://{hub}", tmp_path / "part", BOB, f"--filter={request.param}")


def missing(path: Path, ref: str) -> list[str]:
    listed = git(path, "rev-list", "--objects", "--missing=print", ref).splitlines()
    return [line for line in listed if line.startswith("?")]


def test_the_notes_come_whole(ann: Clone, part: Clone) -> None:
    assert part.pull().received == 4
    assert missing(part.path, NOTES) == []
    assert part.ids() == ann.ids()
    ann.append(7)
    ann.push()
    assert part.pull().received == 1
    assert missing(part.path, NOTES) == []
    assert part.ids() == ann.ids()


def test_what_is_appended_there_is_pushed_and_united(
    ann: Clone, part: Clone, hub: Path, tmp_path: Path
) -> None:
    part.pull()
    both = part.append(9) | ann.append(8)
    ann.push()
    assert part.push().sent == 1
    assert ann.pull().received == 1
    assert both < ann.ids() == part.ids() == events_at(hub, tmp_path / "reader")


def test_a_mark_of_older_git_is_no_obstacle(ann: Clone, part: Clone) -> None:
    git(part.path, "config", "extensions.partialClone", "origin")
    git(part.path, "config", "--unset", "remote.origin.promisor")
    assert promisors(part.session().repository) == ("origin",)
    part.pull()
    assert part.ids() == ann.ids()


def test_notes_that_a_plain_git_fetch_left_out_are_completed_by_a_pull(ann: Clone, part: Clone) -> None:
    git(part.path, "fetch", "--quiet", "origin", f"+{NOTES}:{TRACKING}")
    assert missing(part.path, TRACKING)
    part.pull()
    assert missing(part.path, NOTES) == []
    assert part.ids() == ann.ids()


def test_notes_that_a_plain_git_fetch_put_in_place_of_ours_are_completed_when_they_are_read(
    ann: Clone, part: Clone
) -> None:
    git(part.path, "fetch", "--quiet", "origin", f"+{NOTES}:{NOTES}")
    assert missing(part.path, NOTES)
    assert part.ids() == ann.ids()
    assert missing(part.path, NOTES) == []


def test_notes_that_cannot_be_completed_are_told_as_such(ann: Clone, part: Clone, hub: Path) -> None:
    git(part.path, "fetch", "--quiet", "origin", f"+{NOTES}:{NOTES}")
    hub.rename(hub.with_name("gone"))
    with pytest.raises(IntegrityError, match="is damaged") as caught:
        part.ids()
    assert "partial clone" in caught.value.hint


def test_a_gc_that_prunes_all_leaves_the_log_whole_though_the_remote_is_gone(
    ann: Clone, part: Clone, hub: Path
) -> None:
    """What others hang onto our objects comes as promised by the remote; ours are not to be taken for promised too."""
    part.pull()
    part.append(20, 3)
    part.push()
    ann.pull()
    ann.append(30, 3)
    ann.push()
    part.pull()
    part.append(40)
    before = part.ids()
    hub.rename(hub.with_name("gone"))
    for _ in range(2):
        git(part.path, "gc", "--quiet", "--prune=now")
    assert missing(part.path, NOTES) == []
    assert part.ids() == before


def test_the_filter_of_the_clone_stays_as_it_is(part: Clone) -> None:
    config = part.path / ".git" / "config"
    before = config.read_bytes()
    session = part.session()
    remote.fetch(session.repository, fetch_place(session.repository, None, part.path), NOTES)
    assert config.read_bytes() == before


def test_a_file_of_a_commit_is_fetched_when_it_is_asked_for(tmp_path: Path) -> None:
    hub = make_hub(tmp_path)
    git(hub, "config", "uploadpack.allowFilter", "true")
    head = bytes.fromhex(with_a_file(hub, "kbis.toml", b"[build]\n"))
    for number, kind in enumerate(KINDS):
        part = clone_of(f"file://{hub}", tmp_path / f"part{number}", BOB, f"--filter={kind}", "--bare")
        repository = part.session().repository
        assert missing(part.path, "main")
        assert file_at(repository, head, "kbis.toml") == b"[build]\n"
        assert file_at(repository, head, "absent.toml") is None
