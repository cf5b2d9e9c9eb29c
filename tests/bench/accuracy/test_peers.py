from collections.abc import Sequence

import pytest

from kbis.bisect.ancestry import ancestry
from kbis.bisect.graph import Graph, Range
from tests.bench.accuracy.cells import Cell
from tests.bench.accuracy.ground import Ground, linear, oid
from tests.bench.accuracy.peer_bayesect import GitBayesect, Line, first_parents
from tests.bench.accuracy.peer_git import GitBisectOnce
from tests.bench.accuracy.peer_robust import Flakiness, RobustGitBisect, stiffness
from tests.bench.accuracy.segments import segments_of
from tests.bench.accuracy.trial import play
from tests.bench.accuracy.world import World

FLAKINESS = 0.01
"""The one that robust-binary-search's own tests use."""


def history(*runs: tuple[int, tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """The parents of commits in runs of a length, each after the last commits of earlier runs."""
    parents: list[tuple[int, ...]] = []
    ends: list[int] = []
    for length, after in runs:
        parents.append(tuple(ends[each] for each in after))
        parents += [(len(parents) - 1 + step,) for step in range(length - 1)]
        ends.append(len(parents) - 1)
    return tuple(parents)


def ground(parents: Sequence[tuple[int, ...]]) -> Ground:
    oids = tuple(map(oid, range(len(parents))))
    commits = Range(oids[-1], oids, tuple(parents))
    graph = Graph.of((each, at, [oids[p] for p in parents[at]]) for at, each in enumerate(oids))
    position = {each: at for at, each in enumerate(oids)}
    return Ground("toy", graph, oid(10**6), oids[-1], commits, ancestry(commits), position)


# Each row is the next test, the best commit before its answer, and the answer (true is bad), as (segment, index).
# They are what the tests of robust-binary-search expect of it (lib.rs at 15be5306: graph_many_elements_last,
# graph_parallel_first_last up to where its two runs tie, graph_parallel_last_last, graph_parallel_first_half,
# graph_fork_join).
Row = tuple[tuple[int, int], tuple[int, int], bool]
LINE: list[Row] = [
    ((0, 511), (0, 511), False),
    ((0, 750), (0, 751), False),
    ((0, 878), (0, 878), False),
    ((0, 946), (0, 946), False),
    ((0, 982), (0, 982), False),
]
FIRST_LAST: list[Row] = [
    ((0, 99), (0, 99), True),
    ((0, 52), (0, 53), False),
    ((0, 77), (0, 78), False),
    ((0, 90), (0, 91), False),
    ((0, 97), (0, 98), False),
    ((1, 68), (1, 69), False),
]
LAST_LAST: list[Row] = [
    ((0, 99), (0, 99), False),
    ((1, 52), (1, 53), False),
    ((1, 77), (1, 78), False),
    ((1, 90), (1, 91), False),
    ((1, 97), (1, 98), False),
    ((0, 68), (0, 69), False),
    ((0, 99), (1, 99), False),
    ((1, 98), (1, 98), False),
    ((0, 99), (1, 99), False),
    ((1, 98), (1, 99), False),
]
FIRST_HALF: list[Row] = [
    ((0, 99), (0, 99), True),
    ((0, 52), (0, 53), True),
    ((0, 27), (0, 28), False),
    ((0, 40), (0, 41), False),
    ((0, 47), (0, 48), False),
    ((0, 51), (0, 51), True),
    ((0, 49), (0, 49), False),
    ((0, 50), (0, 51), True),
    ((0, 49), (0, 50), False),
    ((0, 50), (0, 50), True),
]
FORK_JOIN: list[Row] = [
    ((1, 99), (1, 99), False),
    ((2, 99), (2, 99), True),
    ((2, 49), (2, 50), False),
    ((2, 76), (2, 76), True),
    ((2, 62), (2, 62), True),
    ((2, 54), (2, 55), True),
    ((2, 50), (2, 50), True),
    ((2, 31), (2, 31), False),
    ((2, 49), (2, 49), False),
    ((2, 50), (2, 50), True),
    ((2, 49), (2, 50), False),
]
PARALLEL = history((100, ()), (100, ()))


@pytest.mark.parametrize(
    ("parents", "rows"),
    [
        (history((1024, ())), LINE),
        (PARALLEL, FIRST_LAST),
        (PARALLEL, LAST_LAST),
        (PARALLEL, FIRST_HALF),
        (history((100, ()), (100, (0,)), (100, (0,)), (100, (1, 2))), FORK_JOIN),
    ],
    ids=["line", "first last", "last last", "first half", "fork join"],
)
def test_robust_git_bisect_tests_what_the_original_tests(
    parents: Sequence[tuple[int, ...]], rows: Sequence[Row]
) -> None:
    here = ground(parents)
    peer = RobustGitBisect(here)
    place = segments_of(parents).place
    for following, best, bad in rows:
        sums = here.ancestry.ancestor_sums(peer.weights)
        chosen = peer.following(sums)
        assert chosen is not None
        assert (place[chosen], place[peer.best(sums)]) == (following, best)
        peer.weigh(chosen, bad, FLAKINESS)


@pytest.mark.parametrize(
    ("answers", "flakiness"),
    [
        ([], 0.5),
        ([(0, True)], 0.3930),
        ([(0, False)], 0.3930),
        ([(0, True), (0, True)], 0.2441),
        ([(0, True), (1, True)], 0.2789),
        ([(0, False), (0, True)], 0.622),
        ([(0, True), (1, False)], 0.8),
        ([(0, False), (1, True)], 0.2789),
        ([(0, True)] * 100 + [(0, False)], 0.02),
        ([(0, True), (1, False)] * 100, 0.9999),
    ],
)
def test_its_flakiness_is_the_originals(answers: list[tuple[int, bool]], flakiness: float) -> None:
    """The figures are those of its own tests (flakiness_tracker.rs)."""
    tracker = Flakiness(segments_of(history((10, ()))))
    for commit, bad in answers:
        tracker.report(commit, bad)
    assert tracker.estimate() == pytest.approx(flakiness, abs=1e-4)


def test_its_belief_in_an_answer_falls_with_flakiness() -> None:
    assert stiffness(0.01) > stiffness(0.1) > stiffness(0.5) > stiffness(1.0) > 0


def test_segments_break_at_forks_and_merges() -> None:
    found = segments_of(history((2, ()), (3, (0,)), (1, (0,)), (2, (1, 2))))
    assert [segment for segment, _ in found.place] == [0, 0, 1, 1, 1, 2, 3, 3]
    assert found.inputs == ((), (0,), (0,), (1, 2))
    assert found.remainders == ((), (), (), (2,))


def test_git_bayesect_sees_the_first_parent_line_newest_first() -> None:
    here = ground(history((2, ()), (3, (0,)), (1, (0,)), (2, (2, 1))))
    line = first_parents(here)
    assert [here.position.get(each) for each in line] == [7, 6, 5, 1, 0, None]


def test_git_bayesect_is_even_handed_at_first_and_learns_from_answers() -> None:
    line = Line(9)
    assert line.select(line.posterior()) == 4
    for _ in range(5):
        line.record(4, True)
        line.record(5, False)
    assert max(range(9), key=line.posterior().__getitem__) == 4
    line.record(4, None)
    assert line.posterior()[4] == 0.0


@pytest.mark.parametrize("peer", [GitBisectOnce, RobustGitBisect, GitBayesect])
def test_without_noise_every_peer_is_right_on_a_line(
    peer: type[GitBisectOnce] | type[RobustGitBisect] | type[GitBayesect],
) -> None:
    line = linear(60)
    for trial in range(12):
        assert play(World(line, Cell(1, 0, 0, 0), 0, trial), peer(line)).exact


@pytest.mark.parametrize("peer", [GitBisectOnce, RobustGitBisect, GitBayesect])
def test_every_peer_comes_to_an_end_whatever_fails(
    peer: type[GitBisectOnce] | type[RobustGitBisect] | type[GitBayesect],
) -> None:
    line = linear(30)
    for trial in range(4):
        played = play(World(line, Cell(0.9, 0.05, 0.3, 0.3), 0, trial), peer(line), most_boots=2000)
        assert played.result != "stopped"
