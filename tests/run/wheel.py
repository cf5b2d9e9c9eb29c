"""A wheel for tests: a real repository and a real log; only the lab is scripted, behind the lab's own interface."""

import subprocess
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from kbis.bisect.decision import Decision, Test
from kbis.bisect.fold import Bisection
from kbis.kernel import environment
from kbis.log.kinds import Boot, Build
from kbis.run.judge import judge_of
from kbis.run.key import adopt_key
from kbis.run.lab import Made, Seen
from kbis.run.session import Session, open_session
from kbis.run.starting import begin
from kbis.run.step import Listener, Wheel
from kbis.run.wish import Wish

RECIPE = '[build]\ncommand = "true"\nimage = "kernel"\n'
BUG = "kernel BUG at a.c:LINE!"


class KilledError(BaseException):
    """Stands for kill -9: nothing may catch it."""


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment.for_tools(),
    )
    return done.stdout.strip()


def line_of_commits(directory: Path, count: int) -> list[str]:
    """Make a repository with a line of commits, no two with one tree, and a recipe; return their ids, oldest first."""
    git(directory, "init", "-q")
    (directory / "kbis.toml").write_text(RECIPE)
    commits = []
    for number in range(count):
        (directory / "number").write_text(f"{number}\n")
        git(directory, "add", "number")
        git(directory, "commit", "-q", "-m", f"c{number}")
        commits.append(git(directory, "rev-parse", "HEAD"))
    return commits


@dataclass
class ScriptedLab:
    """Builds and boots as a function of the revision; counts what it was asked, and can be killed."""

    boot_of: Callable[[str, int], Boot]
    build_of: Callable[[str], Build] = field(
        default=lambda revision: Build("ok", "gcc 1", sha256(revision.encode()).digest())
    )
    built: list[str] = field(default_factory=list)
    booted: list[str] = field(default_factory=list)
    batches: list[tuple[str, int]] = field(default_factory=list)
    at_once: int = 1
    kill_at: int | None = None
    forgets_images: bool = False
    _kernels: dict[bytes, str] = field(default_factory=dict)

    def image(self, signature: bytes) -> Path | None:
        known = signature in self._kernels and not self.forgets_images
        return Path(self._kernels[signature]) if known else None

    def build(self, revision: bytes) -> Made:
        self.built.append(revision.hex())
        fact = self.build_of(revision.hex())
        if fact.signature is not None:
            self._kernels[fact.signature] = revision.hex()
        return Made(fact, (), Path(revision.hex()) if fact.signature else None)

    def capacity(self, image: Path) -> int:
        return self.at_once

    def boots(self, image: Path, number: int) -> Generator[Seen, None, None]:
        self.batches.append((image.name, number))
        for _ in range(number):
            if self.kill_at is not None and len(self.booted) >= self.kill_at:
                raise KilledError
            self.booted.append(image.name)
            yield Seen(self.boot_of(image.name, self.booted.count(image.name)))


def crash(title: str = BUG) -> Boot:
    return Boot("crash", title=title, reached="reproducer")


def bug_since(commits: list[str], first_bad: int, every: int = 2) -> Callable[[str, int], Boot]:
    """The bug shows in each boot whose number is a multiple of `every`, from a commit on."""
    broken = set(commits[first_bad:])
    return lambda revision, boot: (
        crash() if revision in broken and boot % every == 0 else Boot("ok", reached="end")
    )


def started(
    directory: Path, bad: str, good: str, boots: int = 4, policy: str = "git/1"
) -> tuple[Session, Bisection]:
    adopt_key(directory)
    session = open_session(directory, write=True, tell=lambda _: None)
    return session, begin(session, Wish(bad, (good,), boots=boots, policy=policy))


def wheel(session: Session, bisection: Bisection, lab: ScriptedLab, machine: str = "here") -> Wheel:
    policy, ground = judge_of(session, bisection)
    return Wheel(session, lab, policy, machine, ground, Listener())


def to_the_end(repository: Path, bisection: Bisection, lab: ScriptedLab) -> tuple[Bisection, Decision]:
    """Run as a new process would: open everything anew, then turn until it ends."""
    session = open_session(repository, write=True, tell=lambda _: None)
    turning = wheel(session, session.again(bisection), lab)
    state = session.again(bisection)
    while True:
        state, decision = turning.step(state)
        if not isinstance(decision, Test):
            return state, decision
