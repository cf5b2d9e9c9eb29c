"""Claims: which revisions other machines are testing now.

A claim holds until its time is over, the revision has a verdict, or it was retracted. Times are what their writers
said; they decide who tests what, never what is true.
"""

from kbis.bisect.fold import Bisection
from kbis.log.event import Event
from kbis.log.kinds import Claim


def busy(bisection: Bisection, now: int, own: tuple[bytes, str]) -> frozenset[bytes]:
    """Return the revisions that others have claimed.

    Args:
        bisection: The state.
        now: Milliseconds since 1970.
        own: Key fingerprint and machine of the one who asks; their claims are not others'.
    """
    return frozenset(
        revision
        for revision, evidence in bisection.evidence.items()
        if any(_holds(event, now) and claimant(event) != own for event in evidence.claims)
        and not _judged_since(evidence.verdicts, evidence.claims)
    )


def claimant(event: Event) -> tuple[bytes, str]:
    """Return who made a claim: key fingerprint and machine."""
    assert isinstance(event.data, Claim)  # noqa: S101 - evidence keeps no other kind there
    return event.key, event.data.machine


def _holds(event: Event, now: int) -> bool:
    return isinstance(event.data, Claim) and event.data.until > now


def _judged_since(verdicts: tuple[Event, ...], claims: tuple[Event, ...]) -> bool:
    """Tell whether the newest claim was followed by a verdict: then the test is over, whatever the clock says."""
    return bool(verdicts) and (not claims or verdicts[-1].order > claims[-1].order)
