"""The process that stands between kbis and a command, so that nothing outlives kbis.

Run as a script, `guard.py CONTROL PASSED HELD -- PROGRAM ARGUMENT...`. CONTROL is the descriptor of a socket to
kbis; PASSED lists, with commas, descriptors for the command; HELD lists descriptors that stay open until nothing of
the command lives any more (locks). It starts the command, tells `pid N` and then `exit N` (a signal is negative), or
`error ERRNO`; when kbis closes its end, by will or by dying of kill -9, it kills the command with all its
descendants. It is a child subreaper (prctl(2)), so no descendant escapes by forking twice or by making its own
session, and it is single-threaded, so forking it is safe. It imports the standard library only, to start fast.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

# Values of linux/prctl.h; the standard library has no binding.
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def guard(control: socket.socket, passed: Sequence[int], command: Sequence[str]) -> None:
    """Run one command until it ends or kbis goes away; leaves no descendant behind."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # The wake-up descriptor makes poll() return when a child ends, with no race between looking and waiting.
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    failed, failure = os.pipe()
    guardian = os.getpid()
    child = os.fork()
    if child == 0:
        _become(libc, guardian, passed, command, failure)
    os.close(failure)
    reason = os.read(failed, 1000)
    if reason:
        os.waitpid(child, 0)
        _tell(control, b"error " + reason)
        return
    _drop_streams()
    _tell(control, b"pid %d" % child)
    status = _wait(child, control, woken)
    _kill_children()
    _tell(control, b"exit %d" % status)


def _become(
    libc: ctypes.CDLL, guardian: int, passed: Sequence[int], command: Sequence[str], failure: int
) -> None:
    """In the forked child: turn into the command, or write why that failed and end."""
    try:
        signal.set_wakeup_fd(-1)
        for ignored in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
            signal.signal(ignored, signal.SIG_DFL)
        os.setsid()
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != guardian:
            os._exit(127)
        for descriptor in passed:
            os.set_inheritable(descriptor, True)
        os.execvp(command[0], list(command))  # noqa: S606 no shell: the command is an argument list
    except OSError as why:
        os.write(failure, str(why.errno).encode())
    finally:
        os._exit(127)


def _drop_streams() -> None:
    """Let go of the command's output, so that its reader sees the end when the command ends."""
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
        for stream in (0, 1, 2):
            os.dup2(nothing.fileno(), stream)


def _wait(child: int, control: socket.socket, woken: int) -> int:
    """Wait until the command ends, or kill it when kbis closes its end; return how it ended."""
    poll = select.poll()
    poll.register(control, select.POLLIN | select.POLLHUP)
    poll.register(woken, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == woken:
                os.read(woken, 512)
            else:
                poll.unregister(control)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
        while True:
            pid, status = _reap()
            if pid == child:
                return os.waitstatus_to_exitcode(status)
            if pid == 0:
                break


def _reap() -> tuple[int, int]:
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return 0, 0


def _kill_children() -> None:
    """Kill until there is no child left: a killed child's own children become ours."""
    while True:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    me = os.getpid()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # proc(5): the command name is in parentheses and may itself hold spaces and parentheses.
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[1]) == me:
                    found.append(int(entry.name))
    return found


def _tell(control: socket.socket, line: bytes) -> None:
    with contextlib.suppress(OSError):
        control.sendall(line + b"\n")


if __name__ == "__main__":
    _split = sys.argv.index("--")
    _control, _passed, _held = ([int(n) for n in text.split(",") if n] for text in sys.argv[1:_split])
    for _descriptor in (*_control, *_passed, *_held):
        os.set_inheritable(_descriptor, False)
    guard(socket.socket(fileno=_control[0]), _passed, sys.argv[_split + 1 :])
