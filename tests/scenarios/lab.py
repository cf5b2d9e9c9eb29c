"""A lab that gives what the situation says: builds and boots as a function of the revision."""

from dataclasses import dataclass
from hashlib import sha256

import pygit2

from kbis.log.kinds import Boot, Build
from tests.scenarios.cases import Scenario
from tests.scenarios.history import History

TITLE = "KASAN: use-after-free Read in tcp_close"


@dataclass(frozen=True)
class ScenarioLab:
    """Answers for one situation.

    Attributes:
        scenario: The situation.
        history: Where it plays.
        runs: How many runs a test has; what happens in some of them only happens anew in every so many.
    """

    scenario: Scenario
    history: History
    runs: int

    def build(self, revision: bytes) -> Build:
        """Make a kernel: always a new one, but for the numbers that are one binary."""
        title = self.history.title(revision)
        same = _within(title, self.scenario.same_binary)
        tree = self.history.repository.git[revision.hex()].peel(pygit2.Commit).tree_id.raw
        return Build("ok", "gcc", sha256(b"same" if same else title.encode()).digest(), tree=tree)

    def boot(self, revision: bytes, number: int) -> Boot:
        """Boot a revision, for the time `number` (from 0)."""
        title = self.history.title(revision)
        run = number % self.runs
        if _within(title, self.scenario.boot_broken):
            return Boot("boot-failed", reached="nothing")
        if _within(title, self.scenario.infra):
            return (
                Boot("infra", error="the lab is down") if 2 * run <= self.runs else Boot("ok", reached="end")
            )
        if self._has_bug(title) and (not self.scenario.flaky or self._shows(run)):
            return Boot("crash", TITLE, "KASAN-USE-AFTER-FREE-READ", reached="reproducer")
        return Boot("ok", reached="end")

    def _has_bug(self, title: str) -> bool:
        cause = self.scenario.introduced_by
        return cause is None or self.history.contains(title, cause)

    def _shows(self, run: int) -> bool:
        """Spread the runs that crash evenly over all."""
        crashes = max(2, self.runs // 6)
        return (run + 1) * crashes // self.runs > run * crashes // self.runs


def _within(title: str, ends: tuple[int, int] | None) -> bool:
    return ends is not None and title.isdigit() and ends[0] <= int(title) <= ends[1]
