"""A running command with its guard: watch it, and nothing of it is left running whatever happens to kbis.

A process that forks without exec (`os.fork`, the fork method of multiprocessing) while a command runs would keep
the guard's socket open; use threads or spawned processes for parallel work.
"""

import contextlib
import errno
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from kbis.errors import InfraError
from kbis.kernel import environment, tools
from kbis.kernel.side_by_side import Stop, StoppedError

GUARD = Path(__file__).with_name("guard.py")
STOP_LIMIT_S = 10.0
"""How long a killed command may take to be gone; only one stuck in the kernel (D state) takes longer."""

_PIECE = 64 * 1024


class Guarded:
    """A running command with its guard; leaving the `with` block kills what still runs."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        passed: Sequence[int] = (),
        held: Sequence[int] = (),
        split_stderr: bool = False,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self._command = list(command)
        self._cwd = cwd
        self._env = dict(environment.for_tools() if env is None else env)
        self._passed, self._held = tuple(passed), tuple(held)
        self._split = split_stderr
        self._stdin = stdin
        self._selector = selectors.DefaultSelector()
        self._news = b""
        self._pid: int | None = None
        self._stop: Stop | None = None
        self.status: int | None = None
        self.duration_ns = 0

    def __enter__(self) -> Self:
        self._started_ns = time.monotonic_ns()
        self._control, theirs = socket.socketpair()
        lists = [",".join(map(str, numbers)) for numbers in ((theirs.fileno(),), self._passed, self._held)]
        try:
            # -I -S: neither the user's environment nor installed packages can change what the guard does.
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), *lists, "--", *self._command],
                cwd=self._cwd,
                env=self._env,
                stdin=self._stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if self._split else subprocess.STDOUT,
                pass_fds=(theirs.fileno(), *self._passed, *self._held),
                start_new_session=True,
            )
        except OSError as why:
            self._control.close()
            raise _not_started(self._command[0], self._cwd, why.errno or 0) from why
        finally:
            theirs.close()
        self.stdout, self.stderr = _descriptor(self._guard.stdout), _descriptor(self._guard.stderr)
        self._control.setblocking(False)
        self._selector.register(self._control, selectors.EVENT_READ, self._read_news)
        return self

    def watch(self, descriptor: int, feed: Callable[[bytes], None]) -> None:
        """Hand everything that comes from a descriptor to `feed` during `turn`."""

        def drain() -> None:
            try:
                piece = os.read(descriptor, _PIECE)
            except BlockingIOError:
                return
            except ConnectionError:
                piece = b""
            if piece:
                feed(piece)
            else:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(descriptor)

        os.set_blocking(descriptor, False)
        self._selector.register(descriptor, selectors.EVENT_READ, drain)

    def stop_on(self, stop: Stop) -> None:
        """Let `turn` raise `StoppedError` once the stop was said."""

        def stopped() -> None:
            self._heed_no_stop()
            raise StoppedError

        self._stop = stop
        self._selector.register(stop.descriptor, selectors.EVENT_READ, stopped)

    def _heed_no_stop(self) -> None:
        if self._stop is not None:
            self._selector.unregister(self._stop.descriptor)
            self._stop = None

    def turn(self, wait_s: float) -> None:
        """Wait for something to happen, at most `wait_s` seconds, and handle it.

        When `status` is set after a turn, the command has ended and all of its output has been handed on.
        """
        for key, _ in self._selector.select(max(0.0, wait_s)):
            key.data()

    def age_s(self) -> float:
        """Seconds since the start."""
        return (time.monotonic_ns() - self._started_ns) / 1e9

    def stop(self) -> int:
        """Kill the command with all its descendants, if it still runs; return how it ended.

        Raises:
            InfraError: it cannot be killed.
        """
        self._heed_no_stop()
        if self.status is None:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_WR)
            until = self.age_s() + STOP_LIMIT_S
            while self.status is None and self.age_s() < until:
                self.turn(until - self.age_s())
        if self.status is None:
            raise InfraError(
                f"Process {self._pid} ({self._command[0]}) could not be killed.",
                "A process that hangs in the operating system only goes away with a reboot; look for disk trouble.",
            )
        return self.status

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._control.close()
            self._selector.close()
            for stream in (self._guard.stdout, self._guard.stderr):
                if stream is not None:
                    stream.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._guard.wait(STOP_LIMIT_S)

    def _read_news(self) -> None:
        try:
            piece = self._control.recv(_PIECE)
        except BlockingIOError:
            return
        except ConnectionError:
            piece = b""
        self._news += piece
        while b"\n" in self._news:
            line, self._news = self._news.split(b"\n", 1)
            word, _, number = line.partition(b" ")
            if word == b"pid":
                self._pid = int(number)
            elif word == b"error":
                self._ended(127)
                raise _not_started(self._command[0], self._cwd, int(number))
            else:
                self._ended(int(number))
        if not piece and self.status is None:
            self._guard_lost()

    def _guard_lost(self) -> None:
        """The guard itself was killed; the kernel has then killed the command, the rest of its session is ours."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        self._ended(-signal.SIGKILL)

    def _ended(self, status: int) -> None:
        self.status = status
        self.duration_ns = time.monotonic_ns() - self._started_ns
        self._selector.unregister(self._control)
        self._heed_no_stop()
        # Every writer is dead, so what is left in the pipes is there at once.
        while self._selector.get_map() and (ready := self._selector.select(0)):
            for key, _ in ready:
                key.data()


def _descriptor(stream: IO[bytes] | None) -> int:
    return -1 if stream is None else stream.fileno()


def _not_started(program: str, cwd: Path, number: int) -> InfraError:
    if number == errno.ENOENT and not cwd.is_dir():
        return InfraError(f"{program} cannot run in {cwd}: the directory is gone.", "Run the command again.")
    if number == errno.ENOENT:
        return tools.missing(program)
    return InfraError(f"{program} cannot be started: {os.strerror(number)}.", "Run `kbis doctor`.")
