"""Peer: `git bisect run` with a script that boots once.

Any crash makes bad and the end of the reproducer makes good; a kernel that did not boot is booted again, a few times;
what does not build or boot then is skipped (exit code 125).

Source: git-bisect(1), "git bisect run"; the search is kbis's own restatement, held equal to git's by
tests/bisect/test_gitpick_git.py.
"""

from kbis.bisect.decision import Conclusion, Test, Verdict
from kbis.bisect.search import search
from tests.bench.accuracy.ground import Ground
from tests.bench.accuracy.players import Accuse, Leaning, TryRevision
from tests.bench.accuracy.world import Shown

MOST_TRIES = 5
"""How often the script tries to boot a kernel."""

VERDICTS: dict[Shown, Verdict] = {"ok": "good", "target": "bad", "other": "bad", "boot-failed": "skip"}


class GitBisectOnce:
    """The search of git with one boot a revision."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._verdicts: dict[bytes, Verdict] = {}
        self._tries = 0
        self._unbooted: bytes | None = None

    def move(self) -> TryRevision | Accuse:
        """Say what git would check out next."""
        if self._unbooted is not None:
            return TryRevision(self._unbooted)
        ground = self._ground
        match search(ground.graph, ground.bad, (ground.good,), self._verdicts):
            case Test(revision):
                return TryRevision(revision)
            case Conclusion() as end:
                return Accuse(end.candidates, None, end.result)
            case other:
                raise AssertionError(f"nobody else tests, and the graph is here: {other}")

    def built(self, revision: bytes, ok: bool) -> None:
        """Skip what does not build."""
        if not ok:
            self._verdicts[revision] = "skip"

    def booted(self, revision: bytes, shown: Shown) -> None:
        """Take the boot at its word, unless it is worth another try."""
        self._tries += 1
        if shown == "boot-failed" and self._tries < MOST_TRIES:
            self._unbooted = revision
            return
        self._unbooted, self._tries = None, 0
        self._verdicts[revision] = VERDICTS[shown]

    def leaning(self) -> Leaning | None:
        """Git knows no chances."""
        return None
