"""Running the user's own git: their ssh, credentials and proxies, and no prompt that nobody can answer.

libgit2's transports know neither `~/.ssh/config` nor credential helpers, so what goes over a network goes through
git. What it says may come from a hostile server: it is kept within bounds, and the time is limited.
"""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kbis.errors import InfraError
from kbis.log.repository import Repository

LIMIT_S = 900.0
"""Longest time of one fetch or push: the first fetch of a long log over a slow line takes minutes."""

KEPT_BYTES = 64 * 1024
"""How much of each output stream is kept, counted from its end."""

# environment.c of git, local_repo_env, without what passes settings on (`git -c name=value kbis …`).
_OF_ONE_REPOSITORY = frozenset(
    {
        *(
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_IMPLICIT_WORK_TREE",
            "GIT_COMMON_DIR",
            "GIT_INDEX_FILE",
            "GIT_PREFIX",
        ),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_NAMESPACE"),
        *(
            "GIT_GRAFT_FILE",
            "GIT_SHALLOW_FILE",
            "GIT_REPLACE_REF_BASE",
            "GIT_INTERNAL_SUPER_PREFIX",
            "GIT_CONFIG",
        ),
    }
)
_PIECE_BYTES = 64 * 1024

_LOOK_S = 0.2
"""How often to look whether git has ended while its output has not: something that it left in the background, such as
ssh's ControlPersist, may hold the pipes open for ever."""


@dataclass(frozen=True)
class Ended:
    """How git ended.

    Attributes:
        status: Its exit status; None when it was stopped at the time limit.
        out: The end of its standard output.
        err: The end of its standard error.
    """

    status: int | None
    out: str
    err: str


def run_git(
    repository: Repository,
    arguments: Sequence[str],
    *,
    interactive: bool = False,
    limit_s: float = LIMIT_S,
) -> Ended:
    """Run git in a repository and return how it ended.

    Args:
        repository: Where.
        arguments: The command and its arguments.
        interactive: Whether somebody sits at the terminal who can be asked for a passphrase.
        limit_s: Seconds until it is stopped.

    Raises:
        InfraError: git is not installed or cannot be started.
    """
    deadline = time.monotonic() + limit_s
    environment = _environment(repository, interactive=interactive)
    with _started(repository, arguments, environment, interactive=interactive) as child:
        status: int | None = None
        try:
            status, kept = _watch(child, deadline)
        finally:
            # Its time is over, or the user's patience is (Ctrl-C).
            if status is None:
                _kill(child, interactive=interactive)
    out, err = (bytes(each).decode(errors="replace") for each in kept)
    return Ended(status, out, err)


def stream_git(
    repository: Repository, arguments: Sequence[str], *, limit_s: float = LIMIT_S
) -> Iterator[str]:
    """Yield what git prints, line by line.

    Raises:
        InfraError: git is not installed.
        subprocess.CalledProcessError: git failed or was stopped at the time limit; raised after the last line.
    """
    environment = _environment(repository, interactive=False)
    with _started(repository, arguments, environment, interactive=False, errors=subprocess.DEVNULL) as child:
        timer = threading.Timer(limit_s, lambda: _kill(child, interactive=False))
        timer.start()
        try:
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            for line in child.stdout:
                yield line.decode(errors="replace").rstrip("\n")
            if child.wait() != 0:
                raise subprocess.CalledProcessError(child.returncode, ["git", *arguments])
        finally:
            timer.cancel()
            if child.poll() is None:
                _kill(child, interactive=False)


def leave_git(repository: Repository, arguments: Sequence[str]) -> None:
    """Start git and leave it to itself: nobody waits for it or hears what it says, and it outlives us.

    Raises:
        InfraError: git cannot be started.
    """
    # The shell ends at once, so git is nobody's child and its end needs no attention.
    command = ["sh", "-c", '"$@" </dev/null >/dev/null 2>&1 &', "sh", *_command(repository, arguments)]
    with _launched(
        command, repository, _cleaned(os.environ), interactive=False, errors=subprocess.DEVNULL
    ) as shell:
        shell.communicate()


def value_of(repository: Repository, *arguments: str) -> str | None:
    """Return the one value that a git command prints; None when it fails, as `git config` does for an unset name."""
    with _started(repository, arguments, _cleaned(os.environ), interactive=False) as child:
        out, _ = child.communicate()
    return out.decode(errors="replace").rstrip("\n") if child.returncode == 0 else None


def _started(
    repository: Repository,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    interactive: bool,
    errors: int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    command = _command(repository, arguments)
    return _launched(command, repository, environment, interactive=interactive, errors=errors)


def _command(repository: Repository, arguments: Sequence[str]) -> list[str]:
    return ["git", f"--git-dir={repository.git.path}", "--no-replace-objects", *arguments]


def _launched(
    command: Sequence[str],
    repository: Repository,
    environment: Mapping[str, str],
    *,
    interactive: bool,
    errors: int,
) -> subprocess.Popen[bytes]:
    work = repository.git.workdir
    try:
        return subprocess.Popen(
            list(command),
            # A remote's relative path counts from the top of the working tree.
            cwd=Path(work) if work and Path(work).is_dir() else repository.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(environment),
            # Without a terminal of its own, neither git nor ssh can ask.
            start_new_session=not interactive,
        )
    except OSError as why:
        raise InfraError(
            f"git cannot be started: {why.strerror}.", "Install the package git of your distribution."
        ) from why


def _environment(repository: Repository, *, interactive: bool) -> dict[str, str]:
    environment = _cleaned(os.environ)
    if interactive:
        return environment
    environment["GIT_TERMINAL_PROMPT"] = "0"
    told = "GIT_SSH" in environment or "GIT_SSH_COMMAND" in environment
    if not told and value_of(repository, "config", "--get", "core.sshCommand") is None:
        environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
    return environment


def _cleaned(inherited: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in inherited.items() if name not in _OF_ONE_REPOSITORY}
    # What git says is matched by its words, which must not be translated.
    return kept | {"LC_ALL": "C", "LANGUAGE": ""}


def _watch(child: subprocess.Popen[bytes], deadline: float) -> tuple[int | None, tuple[bytearray, bytearray]]:
    """Collect the ends of both outputs until git ends; the status is None at the deadline."""
    kept = (bytearray(), bytearray())
    with selectors.DefaultSelector() as selector:
        for pipe, end in zip((child.stdout, child.stderr), kept, strict=True):
            assert pipe is not None  # noqa: S101 - both are pipes
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, selectors.EVENT_READ, end)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            ready = selector.select(min(left, _LOOK_S))
            for key, _ in ready:
                _feed(key, selector)
            if not ready and child.poll() is not None:
                break
    with suppress(subprocess.TimeoutExpired):
        child.wait(max(deadline - time.monotonic(), 0))
    return child.returncode, kept


def _feed(ready: selectors.SelectorKey, selector: selectors.BaseSelector) -> None:
    """Take the next piece of a stream, or its end."""
    piece = os.read(ready.fd, _PIECE_BYTES)
    ready.data.extend(piece)
    del ready.data[:-KEPT_BYTES]
    if not piece:
        selector.unregister(ready.fileobj)


def _kill(child: subprocess.Popen[bytes], *, interactive: bool) -> None:
    with suppress(ProcessLookupError):
        if interactive:
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
