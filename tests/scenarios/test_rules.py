"""syzkaller's rules on real events: the rows of its unit tests, through the policy that kbis runs."""

from typing import Any

import pytest

from kbis.bisect.decision import Conclusion
from kbis.bisect.policies.syzkaller1 import Syzkaller1
from kbis.bisect.policy import Terrain
from kbis.bisect.syzkaller_rules import picked_releases, representative_types
from tests.facts import Facts, oid
from tests.scenarios.cases import FILE, rows

VERDICT_ROWS = (
    "bad-but-many-infra",
    "many-good-and-infra",
    "many-total-and-infra",
    "too-many-skips",
    "flaky-need-more-good",
    "flaky-enough-good",
    "flaky-too-many-skips",
    "flaky-many-skips",
    "outlier-bad",
)


def section(name: str, count: int) -> tuple[dict[str, Any], ...]:
    if not FILE.exists():
        pytest.skip("needs the bisection situations in ../shared/scenarios")
    assert len(rows(name)) == count
    return rows(name)


@pytest.mark.parametrize("name", VERDICT_ROWS)
def test_a_revision_gets_syzkallers_verdict(name: str) -> None:
    row = {each["name"]: each for each in section("verdict_rule", len(VERDICT_ROWS))}[name]
    facts = Facts(policy="syzkaller/1", boots=10)
    facts.tested("bad", *["x"] * (6 if row["flaky"] else 20), *["ok"] * (14 if row["flaky"] else 0))
    facts.tested(
        "r",
        *["x"] * row["bad"],
        *["infra"] * row["infra"],
        *["boot-failed"] * row["skip"],
        *["ok"] * row["good"],
    )
    judgement = Syzkaller1().judge(facts.state(), oid("r"))
    assert judgement is not None
    if row["verdict"] != "abort":
        assert judgement.verdict == row["verdict"]
        return
    end = Syzkaller1().decide(facts.state(), Terrain(None))
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("not confirmed", (oid("r"),))
    assert "the lab failed" in end.reason


def test_the_crash_that_stands_for_many_is_the_first_of_the_most_frequent_type() -> None:
    for row in section("most_frequent_report", 6):
        types = representative_types(kind for _, kind in row["reports"])
        assert list(types) == row["types"], row["name"]
        assert next(title for title, kind in row["reports"] if kind == types[0]) == row["report"]
        assert any(kind not in types for _, kind in row["reports"]) == row["other"]


def test_the_releases_to_test_are_picked_as_syzkaller_picks_them() -> None:
    for row in section("pick_release_tags", 3):
        assert list(picked_releases(row["tags"])) == row["picked"], row["name"]
