"""The next tests for several machines at once. Pure."""

from collections.abc import Set as AbstractSet

from kbis.bisect.decision import Decision, Test
from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy, Terrain


def batch(
    policy: Policy,
    bisection: Bisection,
    terrain: Terrain,
    workers: int,
    busy: AbstractSet[bytes] = frozenset(),
) -> tuple[Decision, ...]:
    """Return what so many workers should do next: tests of different revisions, the most telling first.

    It is greedy: each test is the one the policy would choose while the ones before it are in other hands. A policy
    that foresees their answers (`kbis.bisect.foresight`) so gets the greedy joint information gain of the batch.
    Workers that claim one after the other come to the same tests by themselves.

    Args:
        policy: The rule.
        bisection: The state.
        terrain: Its ground.
        workers: How many are free, at least one.
        busy: Revisions that others are testing already.

    Returns:
        At most so many tests, fewer where nothing more is worth testing; or alone what else the policy decides: to
        conclude, to wait, or that it cannot see the commits.
    """
    tests: list[Decision] = []
    taken = frozenset(busy)
    while len(tests) < workers:
        decision = policy.decide(bisection, terrain, taken)
        if not isinstance(decision, Test) or decision.revision in taken:
            return tuple(tests) or (decision,)
        tests.append(decision)
        taken |= {decision.revision}
    return tuple(tests)
