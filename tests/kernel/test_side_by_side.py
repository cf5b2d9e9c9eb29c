import select
import threading
import time
from contextlib import closing
from typing import NoReturn

import pytest

from kbis.kernel.side_by_side import Stop, StoppedError, side_by_side


def until_stopped(stop: Stop) -> NoReturn:
    select.select([stop.descriptor], [], [])
    raise StoppedError


class Numbered:
    """Gives each run its number, whoever comes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0

    def __call__(self) -> int:
        with self._lock:
            self._next += 1
            return self._next - 1


def test_results_come_in_the_order_in_which_the_runs_end() -> None:
    number, done = Numbered(), [threading.Event() for _ in range(4)]
    done[3].set()

    def task(_: Stop) -> int:
        mine = number()
        done[mine].wait()
        return mine

    seen = []
    for each in side_by_side(task, 4):
        seen.append(each)
        done[each - 1].set()
    assert seen == [3, 2, 1, 0]


def test_a_run_that_fails_keeps_none_from_its_end() -> None:
    number, failed = Numbered(), threading.Event()

    def task(_: Stop) -> int:
        mine = number()
        if mine == 0:
            failed.set()
            raise OSError("the first one")
        failed.wait()
        return mine

    runs = side_by_side(task, 3)
    assert {next(runs), next(runs)} == {1, 2}
    with pytest.raises(OSError, match="the first one"):
        next(runs)


def test_closing_stops_what_runs() -> None:
    before = threading.active_count()
    number = Numbered()

    def task(stop: Stop) -> str:
        if number() == 0:
            return "done"
        until_stopped(stop)

    with closing(side_by_side(task, 4)) as runs:
        assert next(runs) == "done"
        assert threading.active_count() == before + 3
    assert threading.active_count() == before


def test_ctrl_c_thrown_in_gives_what_had_ended_and_stops_the_rest() -> None:
    number, two = Numbered(), threading.Barrier(3)

    def task(stop: Stop) -> int:
        mine = number()
        if mine < 3:
            two.wait()
            return mine
        until_stopped(stop)

    runs = side_by_side(task, 5)
    first = next(runs)
    time.sleep(0.1)
    seen = [first, runs.throw(KeyboardInterrupt()), next(runs)]
    assert sorted(seen) == [0, 1, 2]
    with pytest.raises(KeyboardInterrupt):
        next(runs)
