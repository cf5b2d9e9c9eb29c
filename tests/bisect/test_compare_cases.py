"""The comparison on hundreds of real crashes: one bug under two titles is known, two bugs are told apart."""

from pathlib import Path

from tests.bisect.measure_compare import CASES, confusion, pairs_of_crashes, pairs_of_titles


def test_titles_alone_tell_one_bug_from_two(shared: Path) -> None:
    counts, _ = confusion(pairs_of_titles(shared / CASES))
    one = {kind: counts[True, kind] for kind in ("same", "related", "other")}
    assert one["same"] >= 0.98 * sum(one.values())
    two = {kind: counts[False, kind] for kind in ("same", "related", "other")}
    assert two["same"] <= 2  # a soft lockup and a stall in rmdir(2), which may well be one bug


def test_whole_crashes_are_told_apart(shared: Path) -> None:
    counts, _ = confusion(pairs_of_crashes(shared / CASES))
    assert counts[False, "other"] > 90_000
    assert counts[False, "same"] <= 4
