"""A clone with a finished bisection, and what others do to its notes."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pygit2
from typer.testing import CliRunner

from kbis.bisect.decision import Conclusion
from kbis.cli.main import app
from kbis.errors import IntegrityError, KbisError
from kbis.log import sshsig
from kbis.log.blobs import join_lines, read_note
from kbis.log.count import Counted
from kbis.log.durable import wait_for_disk
from kbis.log.event import Event
from kbis.log.eventlog import Draft
from kbis.log.line import SignedEvent, format_line
from kbis.log.new_key import make_key
from kbis.log.notes import lookup, write_tree
from kbis.log.private_key import read_private_key
from kbis.log.pubkey import PublicKey
from kbis.log.signer import FileSigner
from kbis.run.session import Session, open_session
from kbis.run.starting import begin
from kbis.run.verification import verify_clone
from kbis.run.wish import Wish
from kbis.views.verification import verification_json
from tests.cli.kbis import Ran
from tests.log.trees import publish, tree_of
from tests.run.wheel import ScriptedLab, bug_since, git, line_of_commits, wheel

NOTES = "refs/notes/kbis"
LOG = "refs/kbis/log"
MIB = 1024 * 1024
NAMES = ("ann", "bob", "mallory")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class People:
    """Keys in files, by name; `ann` records what a clone records, `ann` and `bob` are trusted in it."""

    place: Path

    @classmethod
    def make(cls, place: Path) -> "People":
        for name in NAMES:
            make_key(place / name, f"{name}'s key")
        return cls(place)

    def signer(self, name: str) -> FileSigner:
        return FileSigner(read_private_key(self.place / name), lambda _: None)

    def public(self, name: str) -> PublicKey:
        return self.signer(name).public

    def line(self, event: Event, name: str, namespace: str = sshsig.NAMESPACE) -> bytes:
        """The line of an event as somebody signs it, whether it names their key or not."""
        signature = self.signer(name).sign(sshsig.preimage(event.body, namespace))
        return format_line(SignedEvent(event, signature))

    def allowed(self, *names: str) -> str:
        return "".join(
            f'{name}@example.org namespaces="{sshsig.NAMESPACE}" {self.public(name).line()}\n'
            for name in names
        )


@dataclass(frozen=True)
class Clone:
    """A repository on the disk."""

    path: Path

    def copy(self, path: Path) -> "Clone":
        shutil.copytree(self.path, path, symlinks=True)
        return Clone(path)

    @property
    def git(self) -> pygit2.Repository:
        """The repository as somebody else writes to it, who does not wait for the disk."""
        wait_for_disk(False)
        return self._git

    @cached_property
    def _git(self) -> pygit2.Repository:
        return pygit2.Repository(str(self.path))

    @property
    def commits(self) -> list[str]:
        """The history, oldest first."""
        return git(self.path, "rev-list", "--reverse", "main").split()

    def session(self, *, write: bool = False) -> Session:
        return open_session(self.path, write=write, tell=lambda _: None)

    def counted(self) -> Counted:
        return self.session().counted()

    def events(self) -> tuple[Event, ...]:
        """The events of the only bisection."""
        [events] = self.counted().bisections.values()
        return events

    def ids(self) -> set[bytes]:
        return set(self.counted().signers)

    def reasons(self) -> set[str]:
        return {each.reason for each in self.counted().ignored}

    def lines(self, note: str, ref: str = LOG) -> set[bytes]:
        found = lookup(self.git, tree_of(self.git, ref), note)
        return set().union(*(read_note(self.git, oid) or set() for oid in found))

    def publish(self, notes: Mapping[str, Iterable[bytes]]) -> None:
        """Add lines to published notes, as somebody without kbis would."""
        tree = tree_of(self.git, NOTES)
        blobs = {
            note: self.git.create_blob(join_lines(self.lines(note, NOTES) | set(lines)))
            for note, lines in notes.items()
        }
        publish(self.git, NOTES, write_tree(self.git, tree, blobs))

    def started(self, *arguments: str) -> Ran:
        """Run kbis as a user does."""
        command = [sys.executable, "-m", "kbis", *arguments]
        done = subprocess.run(command, cwd=self.path, capture_output=True, check=False)
        out, err = (each.decode() for each in (done.stdout, done.stderr))
        assert "Traceback" not in err, err
        return Ran(out, err, done.returncode)

    def kbis(self, *arguments: str, code: int = 0) -> Ran:
        """Run a command of kbis within this process, which saves half a second; it must end with `code`."""
        ran = CliRunner().invoke(app, ["-C", str(self.path), *arguments])
        out, err, ended, why = ran.stdout, ran.stderr, ran.exit_code, ran.exception
        if isinstance(why, KbisError):
            err, ended = f"{err}{why}\n{why.hint}\n", why.exit_code
        elif why is not None and not isinstance(why, SystemExit):
            raise why
        assert ended == code, (ended, out, err)
        return Ran(out, err, ended)

    def verify(self, code: int = 0) -> dict[str, Any]:
        """What `kbis verify --json` would print; it would end with `code`."""
        found = verify_clone(self.session(), second_opinion=False, tell=print)
        assert (IntegrityError.exit_code if found.verified.troubles.failures else 0) == code
        return verification_json(found)

    def troubles(self, code: int = 0) -> dict[str, int]:
        """How often each matter is found."""
        return {
            f"{each['severity']}: {each['matter']}": each["number"] for each in self.verify(code)["totals"]
        }

    def measured(self, *arguments: str, code: int = 0) -> tuple[str, float]:
        """What a command of kbis prints, and the most MiB that it, or a git below it, had meanwhile."""
        result = self.path / ".git" / "memory"
        script = Path(__file__).with_name("measure.py")
        command = [sys.executable, "-S", script, result, sys.executable, "-m", "kbis", *arguments]
        done = subprocess.run(command, cwd=self.path, capture_output=True, text=True, check=True)
        ended, kib = map(int, result.read_text().split())
        assert ended == code, (ended, done.stdout, done.stderr)
        return done.stdout, kib / 1024


def finished(path: Path, people: People, count: int = 12, first_bad: int = 7) -> Clone:
    """A clone in which ann has found the first bad commit; ann and bob are trusted."""
    path.mkdir()
    commits = line_of_commits(path, count)
    git(path, "config", "user.signingKey", str(people.place / "ann"))
    (path / ".git" / "kbis").mkdir()
    (path / ".git" / "kbis" / "allowed_signers").write_text(people.allowed("ann", "bob"))
    clone = Clone(path)
    session = clone.session(write=True)
    bisection = begin(session, Wish(commits[-1], (commits[0],), policy="git/1", boots=4))
    turning = wheel(session, bisection, ScriptedLab(bug_since(commits, first_bad)), "farm1")
    while True:
        bisection, decision = turning.step(bisection)
        if isinstance(decision, Conclusion):
            return clone


def recorded(clone: Clone, draft: Draft) -> Event:
    """Record a fact after the newest ones."""
    session = clone.session(write=True)
    [bisection] = session.bisections()
    root, heads = bisection.start.repository, bisection.heads
    [event] = session.log.append(root, bisection.id, heads, [draft])
    return event


def changed(event: Event, **changes: Any) -> Event:
    """The event with other fields, its bytes and id made anew."""
    return replace(event, **changes, body=b"", id=b"")
