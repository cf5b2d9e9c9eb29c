"""kbis at work in a clone: started, watched, killed, and read afterwards."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.cli.kbis import ok

POLL_S = 0.5
LIMIT_S = 3600
"""For all of it, on a machine that is busy with other things; left to itself it takes a tenth of that."""

RECIPE = Path(__file__).parent / "recipe" / "kbis.toml"

Event = dict[str, Any]


def begin(repository: Path, bad: str, good: str, recipe: Path = RECIPE) -> None:
    """`kbis start`, with a key of its own."""
    ok(repository, "key")
    ok(repository, "start", bad, good, "--recipe", str(recipe))


def run(repository: Path, *options: str) -> subprocess.Popen[str]:
    """`kbis run`, in the background."""
    return subprocess.Popen(
        [sys.executable, "-m", "kbis", "run", *options],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def kill_when(running: subprocess.Popen[str], due: Callable[[], bool]) -> None:
    """End a process without warning, as soon as something is so."""
    began = time.monotonic()
    while not due():
        assert running.poll() is None, f"kbis ended before it was killed: {running.communicate()[0]}"
        assert time.monotonic() - began < LIMIT_S, "kbis did not come to what it should be killed at"
        time.sleep(POLL_S)
    running.send_signal(signal.SIGKILL)
    running.communicate()


def events(repository: Path) -> list[Event]:
    """The log, oldest first."""
    return [json.loads(line) for line in ok(repository, "log", "--json").splitlines()]


def of_kind(log: list[Event], kind: str) -> list[Event]:
    """The events of one kind."""
    return [event for event in log if event["kind"] == kind]


def objects(repository: Path) -> dict[Path, int]:
    """The object files that builds have made so far, with the time each was made at, ns."""
    return {path: path.stat().st_mtime_ns for path in (repository / ".git" / "kbis").rglob("kernel/**/*.o")}


def emulators(repository: Path) -> set[int]:
    """The virtual machines that run for a repository, by process id: they run in a directory of its lab."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is another user's
            name = (process / "comm").read_text()
            if name.startswith("qemu-system") and (process / "cwd").resolve().is_relative_to(
                repository.resolve()
            ):
                found.add(int(process.name))
    return found


def cpu_s() -> float:
    """Processor seconds of all processes that have ended here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
