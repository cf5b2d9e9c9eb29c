"""Four boots at once under kill -9 and Ctrl-C: real builds, real boots, and no QEMU left running."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.kbis import kbis, ok
from tests.e2e.twin import UNRELATED, Twin, make_twin

AT_ONCE, KILLS, SEED = 4, 8, 5
GONE_S = 20.0
"""How long QEMU may take to be gone; the guard kills it within milliseconds on an idle machine."""


class Run:
    """One `kbis run`, and how many guests it was seen to run at once."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        command = [sys.executable, "-m", "kbis", "run", "--parallel-boots", str(AT_ONCE)]
        self.process = subprocess.Popen(
            command, cwd=twin.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.most = 0

    def watch(self, seconds: float) -> None:
        """Look on until guests run, and then for some time, or to the end."""
        end_s = None
        while self.process.poll() is None and (end_s is None or time.monotonic() < end_s):
            running = guests(self._twin)
            self.most = max(self.most, running)
            if running and end_s is None:
                end_s = time.monotonic() + seconds
            time.sleep(0.01)

    def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.communicate()


def work(twin: Twin) -> Path:
    return twin.directory / ".git" / "kbis" / "work"


def guests(twin: Twin) -> int:
    """Count the QEMUs that run in the repository's slots."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            here = (process / "cwd").readlink().is_relative_to(work(twin))
            found += here and (process / "comm").read_text().startswith("qemu-system")
    return found


def are_gone(twin: Twin) -> bool:
    until = time.monotonic() + GONE_S
    while guests(twin) and time.monotonic() < until:
        time.sleep(0.01)
    return not guests(twin)


def events(twin: Twin) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ok(twin.directory, "log", "--json").splitlines()]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Twin, int]:
    """A bisection killed again and again while four guests run, then left alone to the end."""
    twin = make_twin(tmp_path_factory.mktemp("killed").resolve() / "pebble")
    ok(twin.directory, "key")
    begin = ("start", twin.bad, twin.good, "--policy", "git/1", "--boots", "8")
    ok(twin.directory, *begin, "--reproducer", str(twin.reproducer))
    rng = random.Random(SEED)
    seen: list[object] = []
    most = 0
    for number in range(KILLS):
        run = Run(twin)
        run.watch(rng.uniform(0, 1.5))
        run.end(signal.SIGKILL if number % 4 else signal.SIGINT)
        assert are_gone(twin), "a guest outlived kbis"
        now = [each["id"] for each in events(twin)]
        assert now[: len(seen)] == seen, "a kill took back what was recorded"
        seen, most = now, max(most, run.most)
    last = Run(twin)
    last.watch(600)
    out, err = last.process.communicate()
    assert last.process.returncode == 0, err
    assert f"{twin.culprit} is the first bad commit" in out
    return twin, max(most, last.most)


def test_the_culprit_is_found_with_four_guests_at_once(killed: tuple[Twin, int]) -> None:
    assert killed[1] == AT_ONCE


def test_no_revision_is_booted_more_often_than_was_agreed(killed: tuple[Twin, int]) -> None:
    twin, _ = killed
    boots = [each for each in events(twin) if each["kind"] == "boot"]
    # Boots that the unrelated crash cut short say nothing, and are made again.
    telling = [each for each in boots if each["data"].get("title") != UNRELATED]
    assert max(Counter(each["object"] for each in telling).values()) <= 8


def test_every_decision_can_be_derived_again(killed: tuple[Twin, int]) -> None:
    ran = kbis(killed[0].directory, "replay")
    assert (ran.code, "differ" in ran.out) == (0, False), ran.out


def test_nothing_is_left_behind_in_the_slots(killed: tuple[Twin, int]) -> None:
    twin, _ = killed
    assert list(work(twin).glob("*/scratch/*")) == []


def test_a_predicate_stops_the_other_boots_at_the_first_crash(killed: tuple[Twin, int]) -> None:
    twin, _ = killed
    ran = kbis(
        twin.directory,
        *("test", twin.bad, "--reproducer", str(twin.reproducer), "--parallel-boots", str(AT_ONCE)),
    )
    assert ran.code == 1, ran.err
    assert are_gone(twin)
