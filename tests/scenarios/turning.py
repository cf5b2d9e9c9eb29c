"""Turning the wheel in memory: the real policy decides, the real fold folds, the scripted lab answers."""

from dataclasses import dataclass

from kbis.bisect.decision import Conclusion, Test, Unseen
from kbis.bisect.fold import Bisection
from kbis.bisect.no_op import unbuilt_parents
from kbis.bisect.policy import Policy, Terrain
from kbis.log.kinds import Claim, Start
from kbis.run.step import INFRA_TRIES
from kbis.run.terrain import Ground
from tests.facts import Facts
from tests.scenarios.lab import ScenarioLab

MOST_TESTS = 150
"""Far more than any of these needs: a policy that goes on for ever is caught."""


class LabDownError(Exception):
    """The lab failed so often in a row that kbis asks a person."""


@dataclass(frozen=True)
class Ending:
    """How a bisection ended: the state then, its ground, and the last decision."""

    bisection: Bisection
    terrain: Terrain
    decision: Conclusion | Unseen


class Turning(Facts):
    """One bisection in memory."""

    def __init__(self, policy: Policy, lab: ScenarioLab, bad: bytes, goods: tuple[bytes, ...]) -> None:
        self.policy = policy
        self.lab = lab
        self.ground = Ground(lab.history.repository)
        self.events = []
        self.lost_in_a_row = 0
        self._add(bad, Start(policy.name, min(policy.boots, lab.runs), goods))

    def to_the_end(self) -> Ending:
        """Do as `kbis run` does.

        Raises:
            LabDownError: too many boots in a row failed in the lab.
        """
        for _ in range(MOST_TESTS):
            state = self.state()
            terrain = self.ground(state)
            decision = self.policy.decide(state, terrain)
            match decision:
                case Test():
                    self._test(decision)
                case Conclusion() if parents := self._to_compare(decision):
                    for each in parents:
                        self._add(each, self.lab.build(each))
                case Conclusion() | Unseen():
                    return Ending(state.with_trees(terrain.trees), terrain, decision)
                case _:
                    raise AssertionError(decision)
        raise AssertionError(f"no end after {MOST_TESTS} tests")

    def _test(self, test: Test) -> None:
        self._add(test.revision, Claim(0, 0, "here", test.phase))
        if not self.state().of(test.revision).builds:
            same = self.state().kernels.twins(test.revision)
            self._add(test.revision, self.lab.build(test.revision))
            if test.boots is not None and self.state().kernels.twins(test.revision) != same:
                return
        made = 0
        while self._goes_on(test, made):
            boot = self.lab.boot(test.revision, len(self.state().of(test.revision).boots))
            self._add(test.revision, boot)
            made += boot.outcome != "infra"
            self.lost_in_a_row = self.lost_in_a_row + 1 if boot.outcome == "infra" else 0
            if self.lost_in_a_row >= INFRA_TRIES:
                raise LabDownError
            if test.boots is not None and boot.outcome == "crash":
                return

    def _goes_on(self, test: Test, made: int) -> bool:
        if test.boots is not None:
            return made < test.boots
        state = self.state()
        return self.policy.judge(state.with_trees(self.ground(state).trees), test.revision) is None

    def _to_compare(self, end: Conclusion) -> tuple[bytes, ...]:
        state = self.state()
        terrain = self.ground(state)
        if end.result != "first bad commit" or terrain.graph is None:
            return ()
        return unbuilt_parents(state.with_trees(terrain.trees), terrain.graph, end.candidates[0])
