"""The reader on real consoles: the goal of the project, as figures that must hold."""

from collections import Counter
from pathlib import Path

import pytest

from kbis.oops import Crash, read
from tests.oops import measure
from tests.oops.measure import Case

TITLES = 0.97
TYPES = 0.98


@pytest.fixture(scope="module")
def read_cases(shared: Path) -> list[tuple[Case, Crash]]:
    assert (shared / "console-logs/cases.jsonl").is_file()
    return [(case, measure.crash_of(case)) for case in measure.cases()]


def test_at_least_97_of_100_titles_are_exactly_right(read_cases: list[tuple[Case, Crash]]) -> None:
    wrong = [
        (case["id"], case["title"], crash.title) for case, crash in read_cases if crash.title != case["title"]
    ]
    assert len(wrong) <= (1 - TITLES) * len(read_cases), wrong


def test_at_least_98_of_100_types_are_exactly_right(read_cases: list[tuple[Case, Crash]]) -> None:
    wrong = [
        (case["id"], case["type"], crash.type) for case, crash in read_cases if crash.type != case["type"]
    ]
    assert len(wrong) <= (1 - TYPES) * len(read_cases), wrong


def test_every_console_without_a_crash_is_left_alone(read_cases: list[tuple[Case, Crash]]) -> None:
    quiet = [crash.title for case, crash in read_cases if not case["title"]]
    assert quiet
    assert not any(quiet)


def test_the_alternatives_and_flags_are_as_good_as_the_titles(
    read_cases: list[tuple[Case, Crash]],
) -> None:
    right: Counter[str] = Counter()
    for case, crash in read_cases:
        right["alternatives"] += list(crash.alternatives) == sorted(case["alt"])  # type: ignore[arg-type]
        right["corrupted"] += crash.corrupted == case["corrupted"]
        right["suppressed"] += crash.suppressed == case["suppressed"]
    assert all(count >= TITLES * len(read_cases) for count in right.values()), right


def test_a_stated_frame_is_the_one_read(read_cases: list[tuple[Case, Crash]]) -> None:
    stated = [(crash.frame or "corrupted", case["frame"]) for case, crash in read_cases if case["frame"]]
    assert stated
    assert all(got == want for got, want in stated)


def test_a_crash_stays_itself_behind_an_hour_of_other_output(
    read_cases: list[tuple[Case, Crash]],
) -> None:
    quiet = b"".join(
        b"[%5d.000000] usb 1-1: new high-speed USB device number %d\n" % (n, n) for n in range(3600)
    )
    for case, crash in read_cases:
        if crash.title and crash.type != "REBOOT":
            log = str(case["log"]).encode("utf-8", "surrogateescape")
            again = read(quiet + log)
            assert again is not None
            assert (again.title, again.frames) == (crash.title, crash.frames), case["id"]
