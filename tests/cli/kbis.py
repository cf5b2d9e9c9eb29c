"""Running the program as a user does: a process of its own, its words and its exit code."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    out: str
    err: str
    code: int


def kbis(directory: Path, *arguments: str) -> Ran:
    """Run kbis in a directory."""
    done = subprocess.run(
        [sys.executable, "-m", "kbis", *arguments], cwd=directory, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.stdout, done.stderr, done.returncode)


def ok(directory: Path, *arguments: str) -> str:
    """Run kbis, which must succeed, and return what it printed as result."""
    ran = kbis(directory, *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def git(directory: Path, *arguments: str) -> str:
    """Run git, which must succeed."""
    return subprocess.run(
        ["git", *arguments], cwd=directory, capture_output=True, text=True, check=True
    ).stdout
