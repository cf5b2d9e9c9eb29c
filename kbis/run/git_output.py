"""Asking git itself, in an environment that says nothing of another repository."""

import subprocess
from pathlib import Path

from kbis.errors import InfraError, UserError
from kbis.kernel import environment, tools


def git_output(repository: Path, *arguments: str, asked: str = "") -> str:
    """Return what a git command prints.

    Args:
        repository: The directory it runs in.
        arguments: The command and its arguments.
        asked: What it reads on standard input.

    Raises:
        UserError: the directory is no repository that git can read.
        InfraError: git is missing or failed.
    """
    done = git_run(repository, *arguments, asked=asked)
    if done.returncode != 0:
        raise git_failure(repository, arguments[0], done)
    return done.stdout


def git_run(repository: Path, *arguments: str, asked: str = "") -> subprocess.CompletedProcess[str]:
    """Run a git command whose exit status is an answer.

    Raises:
        InfraError: git is missing.
    """
    try:
        return subprocess.run(
            ["git", "-C", str(repository), *arguments],
            input=asked,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            env=environment.for_tools(),
        )
    except FileNotFoundError as why:
        raise tools.missing("git") from why


def git_failure(
    repository: Path, command: str, done: subprocess.CompletedProcess[str]
) -> UserError | InfraError:
    """Return the error that says why a git command failed."""
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    said = next((line for line in lines if line.startswith("fatal: ")), lines[-1]).removeprefix("fatal: ")
    if command == "rev-parse":
        return UserError(
            f"{repository} cannot be read as a git repository: {said}.",
            "Change into the kernel's git tree, or name it with -C DIRECTORY.",
        )
    return InfraError(f"git {command} failed in {repository}: {said}.", "Check the repository with git fsck.")
