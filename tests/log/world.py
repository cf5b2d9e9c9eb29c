"""What the tests of the log share: authors with fixed keys, repositories, and the installed git."""

import hashlib
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kbis.log import sshsig
from kbis.log.durable import wait_for_disk
from kbis.log.event import Event
from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot, Data, Start
from kbis.log.line import SignedEvent, format_line
from kbis.log.pubkey import PublicKey
from kbis.log.repository import open_repository
from kbis.log.trust import Trust, TrustFile
from kbis.log.trust_files import system_local_time

NOTES = "refs/notes/kbis"
LOG = "refs/kbis/log"
NOW_MS = 1_720_000_000_000  # 2024-07-03


@dataclass(frozen=True)
class Author:
    """Somebody with a key that follows from a number; signs like any other signer."""

    number: int = 1

    @cached_property
    def secret(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.number] * 32))

    @cached_property
    def public(self) -> PublicKey:
        return PublicKey.from_point(self.secret.public_key().public_bytes_raw(), f"author{self.number}")

    def sign(self, preimage: bytes) -> bytes:
        return self.secret.sign(preimage)

    def signed(self, event: Event) -> SignedEvent:
        return SignedEvent(event, self.sign(sshsig.preimage(event.body)))

    def line(self, event: Event) -> bytes:
        return format_line(self.signed(event))

    def allowed(self) -> str:
        return f'{self.public.comment} namespaces="{sshsig.NAMESPACE}" {self.public.line()}\n'


ANN, BOB = Author(1), Author(2)


def trust(*authors: Author) -> Trust:
    lines = "".join(author.allowed() for author in authors)
    return Trust.parse([TrustFile("allowed", lines.encode())], None, system_local_time)


def open_log(
    path: Path, author: Author | None = ANN, trusted: Sequence[Author] = (ANN, BOB), *, durable: bool = False
) -> EventLog:
    """Open a log; without fsync, unless the test is about power cuts."""
    repository = open_repository(path)
    if not durable:
        wait_for_disk(False)
    return EventLog(repository, trust(*trusted), author)


def make_repository(path: Path, *options: str) -> bytes:
    """Make a repository with one commit and return its id."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "--quiet", *options)
    return bytes.fromhex(commit(path, "root"))


def commit(path: Path, message: str, *parents: str) -> str:
    """Make a commit with the empty tree on main, after `parents`, and return its id."""
    tree = git(path, "mktree").strip()
    options = [word for parent in parents for word in ("-p", parent)]
    made = git(path, "commit-tree", tree, "-m", message, *options).strip()
    git(path, "update-ref", "refs/heads/main", made)
    return made


def git(path: Path, *arguments: str, stdin: bytes = b"", ok: Iterable[int] = (0,)) -> str:
    return git_bytes(path, *arguments, stdin=stdin, ok=ok).decode()


def git_bytes(path: Path, *arguments: str, stdin: bytes = b"", ok: Iterable[int] = (0,)) -> bytes:
    dates = {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}
    done = subprocess.run(
        ["git", *arguments], cwd=path, input=stdin, capture_output=True, check=False, env=os.environ | dates
    )
    assert done.returncode in ok, f"git {' '.join(arguments[:4])}: {done.stderr.decode()}"
    return done.stdout


def a_commit(number: int) -> bytes:
    """The id of a commit that need not exist."""
    return hashlib.sha1(b"commit %d" % number).digest()


def started(log: EventLog, root: bytes, boots: int = 10) -> Event:
    """Record the start of a bisection whose bad end is the root."""
    [start] = log.append(root, b"", [], [Draft(root, Start("git/1", boots, ()))])
    return start


def ids_counted(log: EventLog) -> set[bytes]:
    return {event.id for events in log.counted().bisections.values() for event in events}


@dataclass
class Bisection:
    """Events of one bisection made without any repository, signed by nobody yet."""

    root: bytes = field(default_factory=lambda: a_commit(0))
    author: Author = ANN
    made: int = 0

    def start(self, **changes: object) -> Event:
        return self.event((), Start("git/1", 10, (a_commit(1),)), **changes)

    def event(self, parents: Sequence[Event], data: Data | None = None, **changes: object) -> Event:
        """An event after `parents`; what it says can be changed field by field."""
        self.made += 1
        facts: dict[str, object] = {
            "repository": self.root,
            "bisection": parents[0].search if parents else b"",
            "object": a_commit(self.made % 7),
            "key": self.author.public.fingerprint,
            "parents": tuple(sorted(each.id for each in parents)),
            "lamport": 1 + max((each.lamport for each in parents), default=0),
            "time": NOW_MS + self.made,
            "nonce": self.made.to_bytes(8, "big"),
            "data": data or Boot("crash", title="KASAN: use-after-free in pebble"),
        }
        return Event(**(facts | changes))  # type: ignore[arg-type]
