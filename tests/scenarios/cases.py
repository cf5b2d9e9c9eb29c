"""The situations of ../shared/scenarios, as data: what is given, and what must come of it.

They restate the test suite of syzkaller's bisection (google/syzkaller pkg/bisect/bisect_test.go).
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[3] / "shared/scenarios/bisect_scenarios.json"


FOUND = (
    "cause-finds-cause",
    "cause-finds-cause-flaky",
    "cause-finds-other-branch-commit",
    "cause-same-binary-off-by-one",
    "cause-same-binary-off-by-one-2",
)
NO_OPS = (
    "cause-same-binary",
    "cause-same-binary-release1",
    "cause-same-binary-release2",
    "cause-same-binary-release3",
    "cause-not-in-previous-release-issue-1527",
)
HERE = (
    *FOUND,
    *NO_OPS,
    "cause-does-not-repro",
    "cause-crashes-oldest",
    "cause-inconclusive",
    "all-releases-broken",
    "cause-infra-problems",
)
"""Those that are played; `test_later` names the others."""


@dataclass(frozen=True)
class Scenario:
    """One situation.

    Attributes:
        name: What it is called.
        mode: `cause`, or `fix` for the search for the commit that mended a bug.
        cross_tree: Whether the bug is hunted from one tree into another.
        start: Title of the commit where the bug was seen.
        introduced_by: Title of the commit that brought it; None where it was always there.
        flaky: Whether it shows in a few runs only: max(2, n / 6) of n.
        boot_broken: First and last of the numbers that do not boot.
        infra: First and last of the numbers at which the lab fails in more than half of the runs.
        same_binary: First and last of the numbers that are one kernel.
        config: Whether another configuration than the original is tried.
        unknown_start: Whether it must also work when the start commit was rewritten since.
        expect: What must come of it.
    """

    name: str
    mode: str
    cross_tree: bool
    start: str
    introduced_by: str | None
    flaky: bool
    boot_broken: tuple[int, int] | None
    infra: tuple[int, int] | None
    same_binary: tuple[int, int] | None
    config: bool
    unknown_start: bool
    expect: dict[str, Any]


@cache
def rows(section: str) -> tuple[dict[str, Any], ...]:
    """The rows of one section of the file; none where it is absent."""
    return tuple(json.loads(FILE.read_text())[section]) if FILE.exists() else ()


def scenarios() -> tuple[Scenario, ...]:
    return tuple(map(_scenario, rows("scenarios")))


def _scenario(row: dict[str, Any]) -> Scenario:
    given, bug = row["given"], row["given"]["bug"]
    return Scenario(
        name=row["name"],
        mode=given["mode"],
        cross_tree=given["cross_tree"],
        start=given["start"]["title"],
        introduced_by=bug["introduced_by"],
        flaky=bug["crash_share"] != "n of n",
        boot_broken=_range(given["boot_broken"]),
        infra=_range(given["infra_error"]),
        same_binary=_range(given["same_binary"]),
        config=given["baseline_config"] is not None,
        unknown_start=row["also_with_unknown_start_hash"],
        expect=row["expect"],
    )


def _range(ends: list[int] | None) -> tuple[int, int] | None:
    return None if ends is None else (ends[0], ends[1])
