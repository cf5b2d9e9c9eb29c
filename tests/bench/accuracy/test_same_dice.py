from collections import Counter
from pathlib import Path

import pytest

from kbis.bisect.fold import fold
from tests.bench.accuracy.cells import ALL, SOME, Cell, chosen
from tests.bench.accuracy.entrants import DEFAULT, PEERS, entrant
from tests.bench.accuracy.ground import linear, read
from tests.bench.accuracy.players import Accuse, Leaning, Player, TryRevision
from tests.bench.accuracy.policies import PolicyPlayer
from tests.bench.accuracy.runner import Plan, run
from tests.bench.accuracy.trial import play
from tests.bench.accuracy.world import Shown, World

GROUND = linear(40)
NOISY = Cell(0.5, 0.05, 0.3, 0.1)
QUIET = Cell(1, 0, 0, 0)
TAKING_PART = {name: found for name in DEFAULT if (found := entrant(name)) is not None}


class Recorder:
    """A player that remembers what it was shown."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.builds: dict[bytes, bool] = {}
        self.boots: dict[tuple[bytes, int], Shown] = {}
        self._count: Counter[bytes] = Counter()

    def move(self) -> TryRevision | Accuse:
        return self.player.move()

    def built(self, revision: bytes, ok: bool) -> None:
        self.builds[revision] = ok
        self.player.built(revision, ok)

    def booted(self, revision: bytes, shown: Shown) -> None:
        self.boots[revision, self._count[revision]] = shown
        self._count[revision] += 1
        self.player.booted(revision, shown)

    def leaning(self) -> Leaning | None:
        return self.player.leaning()


class TestDice:
    def test_all_players_see_the_same_at_the_same_boot_of_the_same_revision(self) -> None:
        seen: dict[object, set[object]] = {}
        for trial in range(5):
            for make in TAKING_PART.values():
                recorder = Recorder(make(GROUND))
                play(World(GROUND, NOISY, 0, trial), recorder, most_boots=200)
                for place, shown in (recorder.boots | recorder.builds).items():
                    seen.setdefault((trial, place), set()).add(shown)
        assert all(len(shown) == 1 for shown in seen.values())
        assert len(seen) > 200

    def test_trials_differ_and_seeds_differ(self) -> None:
        def picture(seed: int, trial: int) -> list[object]:
            world = World(GROUND, NOISY, seed, trial)
            boots = [world.boot(GROUND.bad, number) for number in range(30)]
            return [world.culprit, bytes(world.broken), boots]

        pictures = [picture(seed, trial) for seed in (0, 1) for trial in (0, 1)]
        assert all(one != other for at, one in enumerate(pictures) for other in pictures[:at])

    def test_each_rate_is_the_one_asked_for(self) -> None:
        shown: Counter[Shown] = Counter()
        broken = culprits = 0
        trials, boots = 200, 20
        for trial in range(trials):
            world = World(GROUND, NOISY, 0, trial)
            shown.update(world.boot(GROUND.bad, number) for number in range(boots))
            broken += sum(world.broken)
            culprits += world.culprit
        total = trials * boots
        booted = total - shown["boot-failed"]
        lived = booted - shown["other"]
        assert shown["boot-failed"] / total == pytest.approx(0.3, abs=0.03)
        assert shown["other"] / booted == pytest.approx(0.05, abs=0.015)
        assert shown["target"] / lived == pytest.approx(0.5, abs=0.04)
        assert broken / (trials * len(GROUND)) == pytest.approx(0.1, abs=0.04)
        assert culprits / trials == pytest.approx(len(GROUND) / 2, abs=3)

    def test_the_bug_never_shows_where_it_is_not(self) -> None:
        world = World(GROUND, Cell(1, 0.05, 0.3, 0), 0, 1)
        for at, revision in enumerate(GROUND.candidates.oids):
            shown = {world.boot(revision, number) for number in range(20)}
            assert ("target" in shown) == (at >= world.culprit)
        assert "target" not in {world.boot(GROUND.good, number) for number in range(20)}


class TestAnswer:
    def test_what_no_building_revision_tells_apart_is_one_answer(self) -> None:
        for trial in range(40):
            world = World(GROUND, NOISY, 0, trial)
            first = last = world.culprit
            while world.broken[last]:
                last += 1
            while first and world.broken[first - 1]:
                first -= 1
            assert world.answer == frozenset(GROUND.candidates.oids[first : last + 1])

    def test_where_all_builds_the_answer_is_the_culprit(self) -> None:
        world = World(GROUND, QUIET, 0, 3)
        assert world.answer == {GROUND.candidates.oids[world.culprit]}


class Scripted:
    """Boots the bad end so many times, then accuses."""

    def __init__(self, boots: int, end: Accuse) -> None:
        self.left, self.end = boots, end

    def move(self) -> TryRevision | Accuse:
        return TryRevision(GROUND.bad) if self.left else self.end

    def built(self, revision: bytes, ok: bool) -> None:
        assert ok

    def booted(self, revision: bytes, shown: Shown) -> None:
        self.left -= 1

    def leaning(self) -> Leaning | None:
        return Leaning(GROUND.bad, 0.25)


class TestCounts:
    def test_boots_and_builds_are_counted(self) -> None:
        played = play(World(GROUND, NOISY, 0, 0), Scripted(7, Accuse(())))
        assert (played.boots, played.end_boots, played.builds) == (7, 7, 1)
        assert not played.concluded

    def test_a_player_that_never_ends_is_stopped(self) -> None:
        played = play(World(GROUND, NOISY, 0, 0), Scripted(10**9, Accuse(())), most_boots=50)
        assert (played.boots, played.result, played.concluded) == (50, "stopped", False)

    def test_a_set_with_the_culprit_contains_it_and_is_right_only_when_none_could_be_cleared(self) -> None:
        world = World(GROUND, QUIET, 0, 0)
        culprit = GROUND.candidates.oids[world.culprit]
        other = GROUND.candidates.oids[world.culprit - 1]
        both = play(world, Scripted(1, Accuse((culprit, other), 0.99)))
        assert (both.exact, both.right, both.contains, both.stated) == (False, False, True, 0.99)
        one = play(world, Scripted(1, Accuse((culprit,))))
        assert (one.exact, one.right, one.contains) == (True, True, True)
        wrong = play(world, Scripted(1, Accuse((other,), 0.99)))
        assert (wrong.exact, wrong.right, wrong.contains, wrong.concluded) == (False, False, False, True)

    @pytest.mark.parametrize("processes", [1, 2])
    def test_the_number_of_processes_changes_nothing(self, processes: int) -> None:
        plan = Plan((GROUND,), (NOISY, QUIET), {"git/1": TAKING_PART["git/1"]}, trials=7)
        found = [tested for cell in run(plan, processes, lambda share: None) for tested in cell]
        expected = [
            tuple(play(World(GROUND, cell, 0, trial), TAKING_PART["git/1"](GROUND)) for trial in range(7))
            for cell in (NOISY, QUIET)
        ]
        assert [each.trials for each in found] == expected


class TestPlayers:
    @pytest.mark.parametrize("name", ["git-bisect", "git/1", "syzkaller-2019/1"])
    def test_in_a_world_without_noise_every_search_of_git_is_always_right(self, name: str) -> None:
        for trial in range(30):
            world = World(GROUND, QUIET, 0, trial)
            assert play(world, TAKING_PART[name](GROUND)).exact

    def test_git_takes_the_logarithm_of_the_range_in_boots(self) -> None:
        ground = linear(64)
        boots = {
            play(World(ground, QUIET, 0, trial), PEERS["git-bisect"](ground)).boots for trial in range(20)
        }
        assert boots == {6}

    @pytest.mark.parametrize("name", ["git/1", "syzkaller-2019/1"])
    def test_the_state_that_policies_are_shown_is_the_fold_of_its_events(self, name: str) -> None:
        player = TAKING_PART[name](GROUND)
        assert isinstance(player, PolicyPlayer)
        play(World(GROUND, NOISY, 0, 2), player)
        folded = fold(player.events)
        assert folded is not None
        assert folded == player.state()
        assert list(folded.evidence) == list(player.state().evidence)


class TestAsking:
    def test_the_grid_has_ninety_cells_and_the_default_ones_are_among_them(self) -> None:
        assert len(set(chosen("all"))) == 90
        assert set(chosen("some")) <= set(ALL)
        assert chosen("some") == SOME

    def test_patterns_choose_cells(self) -> None:
        assert len(chosen("0.9:*:*:0")) == 9
        assert chosen("1:0:0:0,.7:0:0:0") == (QUIET, Cell(0.7, 0, 0, 0))

    @pytest.mark.parametrize("wrong", ["1:0:0", "*:7:0:0", "1:0:2:0", "often"])
    def test_what_is_no_cell_is_refused(self, wrong: str) -> None:
        with pytest.raises(ValueError, match=r"cell|rate"):
            chosen(wrong)

    def test_a_graph_file_is_read_between_two_tags(self, tmp_path: Path) -> None:
        (tmp_path / "toy.parents").write_text("\n0\n0\n1 2\n3\n4\n")
        (tmp_path / "toy.tags").write_text("1 v1\n4 v2\n")
        ground = read(tmp_path / "toy.parents", "v1..v2")
        assert len(ground) == 3
        assert ground.candidates.parents == ((), (0,), (1,))
        with pytest.raises(ValueError, match="v9"):
            read(tmp_path / "toy.parents", "v1..v9")
