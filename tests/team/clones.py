"""A team for tests: a bare hub and clones of it, each with a log of its own."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pygit2

from kbis import config as settings
from kbis.log.event import Event
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from kbis.log.seen import Rollback
from kbis.run.session import Session
from kbis.run.sync import Team, Traded
from tests.log.world import (
    ANN,
    LOG,
    NOTES,
    Author,
    a_commit,
    git,
    ids_counted,
    make_repository,
    open_log,
    started,
)

AUTHORS = [Author(number) for number in range(1, 10)]


@dataclass(frozen=True)
class Clone:
    """A clone, as one author uses it; every call opens it anew, as a command does."""

    path: Path
    author: Author = ANN

    def session(self) -> Session:
        log = open_log(self.path, self.author, AUTHORS)
        return Session(log.repository, settings.load(self.path), log, None)

    def start(self) -> Event:
        root = bytes.fromhex(git(self.path, "rev-list", "--max-parents=0", "main").strip())
        return started(self.session().log, root)

    def append(self, number: int = 0, count: int = 1) -> set[bytes]:
        """Record boots after the start event; return their ids."""
        log = self.session().log
        [(start, *_)] = log.counted().bisections.values()
        drafts = [
            Draft(a_commit(number + each), Boot("crash", title=f"crash {number + each}"))
            for each in range(count)
        ]
        return {event.id for event in log.append(start.repository, start.id, [start], drafts)}

    def team(self, remote: str | None = None, tell: Callable[[Rollback], None] = lambda _: None) -> Team:
        return Team(self.session(), remote, self.path, tell=tell)

    def pull(self, remote: str | None = None) -> Traded:
        team = self.team(remote)
        team.pull()
        return team.traded()

    def push(self, remote: str | None = None) -> Traded:
        team = self.team(remote)
        team.push()
        return team.traded()

    def sync(self, remote: str | None = None) -> Traded:
        team = self.team(remote)
        team.pull()
        team.push()
        return team.traded()

    def ids(self) -> set[bytes]:
        return ids_counted(self.session().log)

    def tip(self) -> str:
        return git(self.path, "rev-parse", LOG).strip()


def make_hub(directory: Path, name: str = "hub.git") -> Path:
    """A bare repository with one commit, as a team's hub."""
    seed, hub = directory / f"{name}.seed", directory / name
    make_repository(seed)
    git(directory, "clone", "--quiet", "--bare", str(seed), str(hub))
    # Our hub is written by several tests' processes at once; a background gc would only be slow here.
    git(hub, "config", "gc.auto", "0")
    return hub


def clone_of(hub: Path | str, path: Path, author: Author = ANN, *options: str) -> Clone:
    git(path.parent, "clone", "--quiet", *options, str(hub), str(path))
    git(path, "config", "gc.auto", "0")
    return Clone(path, author)


def tip_at(hub: Path) -> str:
    """The notes commit of a hub; empty when it has none."""
    return git(hub, "for-each-ref", "--format=%(objectname)", NOTES).strip()


def events_at(hub: Path, scratch: Path) -> set[bytes]:
    """The events that a hub has, read by a clone made for this."""
    reader = clone_of(hub, scratch)
    reader.pull()
    return reader.ids()


def is_sound(repository: Path) -> bool:
    done = subprocess.run(
        ["git", "fsck", "--connectivity-only"], cwd=repository, capture_output=True, text=True, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode == 0 and not [
        line for line in lines if not line.startswith(("dangling", "notice", "Checking"))
    ]


def with_a_file(hub: Path, name: str, content: bytes) -> str:
    """Put a commit with one file on the hub's main branch, and return its id."""
    blob = git(hub, "hash-object", "-w", "--stdin", stdin=content).strip()
    tree = git(hub, "mktree", stdin=f"100644 blob {blob}\t{name}\n".encode()).strip()
    made = git(hub, "commit-tree", tree, "-m", name).strip()
    git(hub, "update-ref", "refs/heads/main", made)
    return made


def force(hub: Path, commit: str) -> None:
    """Put a hub's notes elsewhere by hand."""
    git(hub, "update-ref", NOTES, commit)


def rev(repository: Path, name: str) -> str:
    return git(repository, "rev-parse", name).strip()


def open_git(path: Path) -> pygit2.Repository:
    return pygit2.Repository(str(path))
