"""Peer: git_bayesect 1.2, an own restatement of its algorithm: two unknown rates and expected entropy on a line.

Source: git-bayesect 1.2 on PyPI (git_bayesect.py: `Bisector`, `get_commit_indices`, `cli_run`). A failure has one rate
at and after the culprit and another before it, both with Beta(1/2, 1/2) priors; the next test is the one that leaves
least entropy; the search ends when one commit has 0.95. The line runs from the new end to the old one, both included,
along first parents: on a history with merges it blames the merge that brought the culprit, which counts as wrong here.

Its `run` has no skip. To be fair to it, a kernel that does not boot is booted again, and what does not build is
recorded as its `Bisector` records "no observation" (prior zero) and is not chosen again.
"""

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from math import exp, inf, lgamma, log, log2

from tests.bench.accuracy.ground import Ground
from tests.bench.accuracy.peer_git import MOST_TRIES
from tests.bench.accuracy.players import Accuse, Leaning, TryRevision
from tests.bench.accuracy.world import Shown

CONFIDENCE = 0.95
"""Probability at which the original stops (its default `--confidence`)."""

JEFFREYS = 0.5
CLOSE_REL, CLOSE_ABS = 1e-12, 1e-15
"""Entropies as close as that are equal; of equals the one nearest to the middle is tested."""


@cache
def log_evidence(failures: int, passes: int) -> float:
    """Log of the chance of these answers in this order, at an unknown rate."""
    return _log_beta(JEFFREYS + failures, JEFFREYS + passes) - _log_beta(JEFFREYS, JEFFREYS)


class Line:
    """Answers along a line, newest first: the culprit is the oldest commit with the new rate."""

    def __init__(self, length: int) -> None:
        self.priors = [1.0] * length
        self.failures = [0] * length
        self.answers = [0] * length

    def record(self, index: int, failed: bool | None) -> None:
        """Take an answer in; None where there is none to be had."""
        if failed is None:
            self.priors[index] = 0.0
            return
        for at in range(index, len(self.priors)):
            self.answers[at] += 1
            self.failures[at] += failed

    def posterior(self) -> list[float]:
        """The chance of each commit to be the culprit."""
        logs = [
            log(prior) + log_evidence(failures, answers - failures) + log_evidence(fails_old, passes_old)
            if prior
            else -inf
            for prior, failures, answers, fails_old, passes_old in self._sides()
        ]
        top = max(logs)
        weights = [exp(each - top) for each in logs]
        total = sum(weights)
        return [weight / total for weight in weights]

    def select(self, posterior: Sequence[float], without: frozenset[int] | set[int] = frozenset()) -> int:
        """The commit whose answer leaves least entropy to be expected."""
        new_rates, old_rates = [], []
        for _, failures, answers, fails_old, passes_old in self._sides():
            new_rates.append((JEFFREYS + failures) / (2 * JEFFREYS + answers))
            old_rates.append((JEFFREYS + fails_old) / (2 * JEFFREYS + fails_old + passes_old))
        expected = [0.0] * len(posterior)
        for new, old in (
            (new_rates, old_rates),
            ([1 - rate for rate in new_rates], [1 - rate for rate in old_rates]),
        ):
            of_new = [chance * rate for chance, rate in zip(posterior, new, strict=True)]
            of_old = [chance * rate for chance, rate in zip(posterior, old, strict=True)]
            mass = _split(of_new, of_old)
            logs = _split([_wlog(each) for each in of_new], [_wlog(each) for each in of_old])
            for at, (weight, weighted) in enumerate(zip(mass, logs, strict=True)):
                if weight > 0:
                    expected[at] += weight * log2(weight) - weighted
        least = min(each for at, each in enumerate(expected) if at not in without)
        close = CLOSE_ABS + CLOSE_REL * abs(least)
        nearest = [at for at, each in enumerate(expected) if abs(each - least) <= close and at not in without]
        middle = len(expected) // 2
        return min(nearest, key=lambda at: (abs(at - middle), at))

    def _sides(self) -> list[tuple[float, int, int, int, int]]:
        """For each commit: its prior, failures and answers from it on, failures and passes before it."""
        fails, answers = self.failures[-1], self.answers[-1]
        return [
            (prior, failed, asked, fails - failed, (answers - asked) - (fails - failed))
            for prior, failed, asked in zip(self.priors, self.failures, self.answers, strict=True)
        ]


class GitBayesect:
    """The search of git_bayesect."""

    def __init__(self, ground: Ground) -> None:
        self._oids = first_parents(ground)
        self._index = {oid: at for at, oid in enumerate(self._oids)}
        self._line = Line(len(self._oids))
        self._unbuildable: set[int] = set()
        self._again: bytes | None = None
        self._tries = self._answers = 0

    def move(self) -> TryRevision | Accuse:
        """Boot where least entropy is left, or stop."""
        if self._again is not None:
            return TryRevision(self._again)
        posterior = self._line.posterior()
        best = max(range(len(posterior)), key=posterior.__getitem__)
        if self._answers and posterior[best] >= CONFIDENCE:
            return Accuse((self._oids[best],), posterior[best])
        return TryRevision(self._oids[self._line.select(posterior, self._unbuildable)])

    def built(self, revision: bytes, ok: bool) -> None:
        """Record what does not build as no observation."""
        if not ok:
            self._unbuildable.add(self._index[revision])
            self._line.record(self._index[revision], None)

    def booted(self, revision: bytes, shown: Shown) -> None:
        """Record the boot: any crash is a failure."""
        self._tries += 1
        if shown == "boot-failed" and self._tries < MOST_TRIES:
            self._again = revision
            return
        self._again, self._tries = None, 0
        self._answers += 1
        self._line.record(self._index[revision], shown != "ok")

    def leaning(self) -> Leaning | None:
        """Its likeliest commit."""
        posterior = self._line.posterior()
        best = max(range(len(posterior)), key=posterior.__getitem__)
        return Leaning(self._oids[best], posterior[best])


def first_parents(ground: Ground) -> tuple[bytes, ...]:
    """The bad end and its first parents, newest first, with the good end last."""
    line = [len(ground) - 1]
    while parents := ground.candidates.parents[line[-1]]:
        line.append(parents[0])
    return (*(ground.candidates.oids[at] for at in line), ground.good)


def _split(new: Sequence[float], old: Sequence[float]) -> list[float]:
    """For each index the sum of `old` before it and of `new` from it on."""
    before = [0.0, *accumulate(old)][:-1]
    after = list(accumulate(reversed(new)))[::-1]
    return [one + other for one, other in zip(before, after, strict=True)]


def _wlog(weight: float) -> float:
    return weight * log2(weight) if weight > 0 else 0.0


def _log_beta(alpha: float, beta: float) -> float:
    return lgamma(alpha) + lgamma(beta) - lgamma(alpha + beta)
