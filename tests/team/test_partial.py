"""In a partial clone the log is fetched whole all the same."""

from pathlib import Path

import pygit2
import pytest

from kbis.log import remote
from kbis.log.eventlog import EventLog
from kbis.log.exchange import Exchange, Tally
from kbis.log.places import fetch_place
from kbis.log.repository import Repository
from tests.log.world import ANN, NOTES, git, ids_counted, trust
from tests.team.clones import AUTHORS, Clone, clone_of, make_hub


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


@pytest.fixture
def part(ann: Clone, hub: Path, tmp_path: Path) -> EventLog:
    """The log of a clone without blobs, opened where libgit2 can."""
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{hub}", "part")
    try:
        repo = pygit2.Repository(str(tmp_path / "part"))
    except pygit2.GitError as why:
        pytest.skip(f"libgit2 does not open partial clones that this git makes: {why}")
    return EventLog(Repository(repo, tmp_path / "part" / ".git"), trust(*AUTHORS), ANN)


def exchange(log: EventLog) -> Exchange:
    work = Path(log.repository.git.workdir)
    return Exchange(log, fetch_place(log.repository, None, work), NOTES, Tally(), tell=lambda _: None)


def missing(path: Path, ref: str) -> list[str]:
    listed = git(path, "rev-list", "--objects", "--missing=print", ref).splitlines()
    return [line for line in listed if line.startswith("?")]


def test_the_notes_come_with_their_blobs(ann: Clone, part: EventLog) -> None:
    exchange(part).pull()
    assert missing(part.repository.directory, NOTES) == []
    assert ids_counted(part) == ann.ids()
    ann.append(7)
    ann.push()
    exchange(part).pull()
    assert missing(part.repository.directory, NOTES) == []
    assert ids_counted(part) == ann.ids()


def test_what_is_appended_there_is_pushed(ann: Clone, part: EventLog) -> None:
    from kbis.log.eventlog import Draft
    from kbis.log.kinds import Boot
    from tests.log.world import a_commit

    exchange(part).pull()
    [(start, *_)] = part.counted().bisections.values()
    part.append(start.repository, start.id, [start], [Draft(a_commit(9), Boot("ok"))])
    exchange(part).push()
    assert ann.pull().received == 1


def test_notes_that_a_plain_git_fetch_brought_without_blobs_are_completed(ann: Clone, part: EventLog) -> None:
    path = part.repository.directory
    git(path, "fetch", "--quiet", "origin", f"+{NOTES}:refs/kbis/remotes/origin/notes")
    assert missing(path, "refs/kbis/remotes/origin/notes")
    exchange(part).pull()
    assert missing(path, NOTES) == []
    assert ids_counted(part) == ann.ids()


def test_the_filter_of_the_clone_stays_as_it_is(part: EventLog) -> None:
    config = part.repository.directory / "config"
    before = config.read_bytes()
    remote.fetch(part.repository, exchange(part).place, NOTES)
    assert config.read_bytes() == before
