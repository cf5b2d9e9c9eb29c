import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.bench.accuracy import __main__ as bench
from tests.bench.accuracy import table
from tests.bench.accuracy.calibration import (
    Statement,
    chance_of_so_few_wrong,
    chance_of_so_many_wrong,
    reliability,
)
from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.goals import OURS, Check, checks
from tests.bench.accuracy.picture import overview_diagram, reliability_diagram
from tests.bench.accuracy.summary import Series
from tests.bench.accuracy.trial import Played
from tests.bench.accuracy.wilson import mean_interval, wilson

CELL = Cell(1, 0, 0, 0)


def played(right: bool = True, boots: int = 10, stated: float | None = None, end_boots: int = 0) -> Played:
    return Played(right, right, right, True, boots, end_boots, 5, 1, stated, "first bad commit")


def series(player: str, *trials: Played, cell: Cell = CELL) -> Series:
    return Series("here", cell, player, trials)


def answer(found: list[Check], goal: str) -> str:
    (one,) = [each for each in found if goal in each.goal]
    return one.answer


class TestIntervals:
    def test_wilson_agrees_with_the_textbook(self) -> None:
        """81 of 263: 0.2553 to 0.3662 (R. G. Newcombe 1998, Statistics in Medicine 17, table I, method 3)."""
        low, high = wilson(81, 263)
        assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)

    def test_all_right_in_few_trials_proves_little(self) -> None:
        low, high = wilson(10, 10)
        assert low < 0.75
        assert high == pytest.approx(1.0)

    def test_a_mean_of_equal_values_has_no_spread(self) -> None:
        assert mean_interval([4.0, 4.0, 4.0]) == (4.0, 4.0, 4.0)


class TestCalibration:
    def test_honest_statements_fill_the_diagonal(self) -> None:
        rng = random.Random(1)
        chances = [rng.random() for _ in range(20_000)]
        bins = reliability([Statement(chance, rng.random() < chance) for chance in chances])
        assert sum(each.count for each in bins) == len(chances)
        assert all(each.low <= each.stated <= each.high for each in bins)
        assert all(abs(each.share - each.stated) < 0.05 for each in bins)

    def test_certainty_has_a_bin(self) -> None:
        (last,) = reliability([Statement(1.0, True)])
        assert (last.high, last.count) == (1.0, 1)

    def test_two_coins_come_up_wrong_as_coins_do(self) -> None:
        coins = [Statement(0.5, False), Statement(0.5, False)]
        assert chance_of_so_many_wrong(coins) == pytest.approx(0.25)
        assert chance_of_so_few_wrong(coins) == pytest.approx(1.0)
        half = [Statement(0.5, False), Statement(0.5, True)]
        assert chance_of_so_many_wrong(half) == pytest.approx(0.75)
        assert chance_of_so_few_wrong(half) == pytest.approx(0.75)

    def test_too_sure_and_too_modest_are_told_apart(self) -> None:
        boaster = [Statement(0.99, number % 10 != 0) for number in range(100)]
        assert chance_of_so_many_wrong(boaster) < 1e-6
        modest = [Statement(0.7, True) for _ in range(100)]
        assert chance_of_so_few_wrong(modest) < 1e-6


class TestGoals:
    def test_more_right_with_fewer_boots_passes(self) -> None:
        good = [played(boots=15, stated=0.995)] * 100
        found = list(
            checks(
                [
                    series(OURS, *good),
                    series("syzkaller/1", *[played(number % 3 > 0, 120, None, 20) for number in range(100)]),
                    series("robust-git-bisect", *[played(boots=17)] * 100),
                ],
                check_ends=False,
            )
        )
        assert {each.answer for each in found} == {"pass"}
        assert len(found) == 6

    def test_losing_to_a_peer_on_the_same_dice_fails(self) -> None:
        ours = [played(number % 4 > 0) for number in range(100)]
        found = list(checks([series(OURS, *ours), series("git/1", *[played()] * 100)], check_ends=False))
        assert answer(found, "as accurate") == "FAIL"
        assert answer(found, "99 %") == "FAIL"

    def test_losing_one_trial_of_a_hundred_may_be_chance(self) -> None:
        ours = [played(number > 0) for number in range(100)]
        found = list(checks([series(OURS, *ours), series("git/1", *[played()] * 100)], check_ends=False))
        assert answer(found, "as accurate") == "within error"
        assert answer(found, "99 %") == "pass"

    def test_syzkallers_boots_at_the_ends_are_not_held_against_it(self) -> None:
        theirs = [played(boots=120, end_boots=20)] * 10
        found = list(
            checks([series(OURS, *[played(boots=22)] * 10), series("syzkaller/1", *theirs)], check_ends=False)
        )
        assert answer(found, "a fifth") == "FAIL"
        found = list(
            checks([series(OURS, *[played(boots=22)] * 10), series("syzkaller/1", *theirs)], check_ends=True)
        )
        assert answer(found, "a fifth") == "pass"

    def test_a_boaster_is_found_out(self) -> None:
        ours = [played(number % 5 > 0, stated=0.99) for number in range(100)]
        found = list(checks([series(OURS, *ours)], check_ends=False))
        assert answer(found, "calibrated conclusions") == "FAIL"

    def test_goals_for_frequent_bugs_are_not_asked_of_rare_ones(self) -> None:
        rare = Cell(0.05, 0, 0, 0)
        found = list(
            checks(
                [series(OURS, played(), cell=rare), series("syzkaller/1", played(), cell=rare)],
                check_ends=False,
            )
        )
        assert not [each for each in found if "99 %" in each.goal or "a fifth" in each.goal]


class TestReport:
    def test_pictures_are_well_formed_and_hold_every_player(self) -> None:
        rows = [series("git/1", played(stated=0.9)), series("bayes<1>", played(False, stated=0.99))]
        for picture in (
            overview_diagram(rows),
            reliability_diagram(
                "x", {"git/1": reliability([Statement(0.9, True)]), "bayes<1>": []}, ["git/1", "bayes<1>"]
            ),
        ):
            words = " ".join(ET.fromstring(picture).itertext())
            assert "git/1" in words
            assert "bayes<1>" in words

    def test_the_overview_names_what_contains_the_culprit_where_it_differs(self) -> None:
        partly = Played(False, False, True, True, 12, 0, 5, 3, None, "untestable between")
        lines = list(table.overview([series("git/1", played()), series("git-bisect", partly, partly)]))
        assert lines[2] == "| here | 1, 0, 0, 0 | 1.00 · 10 | 0.00/1.00 · 12 |"

    def test_a_whole_run_writes_its_report(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        asked = ["--graph", "linear:20", "--trials", "3", "--cells", "1:0:0:0,0.9:0.05:0.3:0.1"]
        status = bench.main([*asked, "--processes", "1", "--out", str(tmp_path)])
        assert status == 0
        assert "linear:20" in capsys.readouterr().out
        report = json.loads((tmp_path / "report.json").read_text())
        players = {row["player"] for row in report["rows"]}
        assert {"git-bisect", "git/1", "syzkaller/1", "robust-git-bisect", "git-bayesect"} <= players
        assert len(report["rows"]) == 2 * len(players)
        assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 3 * len(report["rows"])
        for picture in ("accuracy.svg", "calibration-conclusions.svg", "calibration-leanings.svg"):
            ET.fromstring((tmp_path / picture).read_text())

    @pytest.mark.parametrize(
        "wrong", [["--policies", "nobody/1"], ["--cells", "x"], ["--graph", "/nowhere"], ["--trials", "0"]]
    )
    def test_what_cannot_be_run_is_refused(
        self, wrong: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert bench.main([*wrong]) == 2
        assert "bench-accuracy:" in capsys.readouterr().err
