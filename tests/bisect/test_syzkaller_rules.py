"""The rules against syzkaller's own expectations, where ../shared has them."""

import json
from pathlib import Path
from typing import Any

import pytest

from kbis.bisect.syzkaller_rules import call, picked_releases, representative_types

SCENARIOS = Path(__file__).resolve().parents[2] / "../shared/scenarios/bisect_scenarios.json"


def rows(kind: str) -> list[dict[str, Any]]:
    if not SCENARIOS.exists():
        pytest.skip("needs the scenarios in ../shared/scenarios")
    found: list[dict[str, Any]] = json.loads(SCENARIOS.read_text())[kind]
    assert found
    return found


def test_runs_are_judged_as_syzkaller_judges_them() -> None:
    for row in rows("verdict_rule"):
        said = call(row["total"], row["good"], row["bad"], row["infra"], row["flaky"])
        assert said == row["verdict"], row["name"]


def test_the_same_types_stand_for_the_crashes() -> None:
    for row in rows("most_frequent_report"):
        assert list(representative_types(kind for _, kind in row["reports"])) == row["types"], row["name"]


def test_the_same_releases_are_picked() -> None:
    for row in rows("pick_release_tags"):
        assert list(picked_releases(row["tags"])) == row["picked"], row["name"]


def test_no_tags_give_no_releases() -> None:
    assert picked_releases([]) == ()


def test_one_crash_in_ten_is_too_few_and_two_are_enough() -> None:
    assert call(10, 9, 1, 0, flaky=False) == "skip"
    assert call(10, 8, 2, 0, flaky=False) == "bad"


def test_a_lab_that_loses_most_runs_ends_the_bisection() -> None:
    assert call(10, 0, 0, 10, flaky=False) == "abort"
