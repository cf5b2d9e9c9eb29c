"""Claims: which revisions other machines are testing now.

A worker is a key on a machine, and tests one revision at a time: only its newest claim can hold. That one holds until
its time is over, it was retracted, its worker's key gave the revision a verdict, or the bisection was concluded. Times
are what their writers said; they decide who tests what, never what is true.
"""

from kbis.bisect.fold import Bisection
from kbis.log.event import Event
from kbis.log.kinds import Claim

Worker = tuple[bytes, str]
"""Key fingerprint and machine."""


def busy(bisection: Bisection, now: int, own: Worker) -> frozenset[bytes]:
    """Return the revisions that others are testing.

    Args:
        bisection: The state.
        now: Milliseconds since 1970.
        own: The one who asks; its claim is no other's.
    """
    return frozenset(each.object for each in held(bisection, now) if claimant(each) != own)


def held(bisection: Bisection, now: int) -> tuple[Event, ...]:
    """Return the claim of each worker that has one now (ms since 1970), in the total order."""
    newest: dict[Worker, Event] = {}
    for event in bisection.events:
        if isinstance(event.data, Claim):
            newest.pop(claimant(event), None)
            newest[claimant(event)] = event
    return tuple(each for each in newest.values() if _holds(bisection, each, now))


def held_by(bisection: Bisection, now: int, worker: Worker) -> Event | None:
    """Return the claim that a worker has now (ms since 1970), if it has one."""
    return next((each for each in held(bisection, now) if claimant(each) == worker), None)


def claimant(event: Event) -> Worker:
    """Return who made a claim."""
    assert isinstance(event.data, Claim)  # noqa: S101 - asked of claims only
    return event.key, event.data.machine


def _holds(bisection: Bisection, claim: Event, now: int) -> bool:
    return (
        isinstance(claim.data, Claim)
        and claim.data.until > now
        and claim.id not in bisection.retracted
        and not any(
            each.order > claim.order and each.key == claim.key for each in bisection.of(claim.object).verdicts
        )
        and not any(each.order > claim.order for each in bisection.conclusions)
    )
