"""Releases that were tested in search of a good end, as the claims of their tests name them."""

from kbis.bisect.fold import Bisection
from kbis.log.kinds import Claim

RELEASE = "release "
"""What the phase of such a test begins with; the release's name follows."""


def releases_tested(bisection: Bisection) -> dict[bytes, str]:
    """Return the revisions that were tested as releases, with their phases, in the order of their ids.

    Where the tags are not here, as in a log without its kernel, this still tells which good verdict ended the walk.
    """
    found = {
        event.object: event.data.phase
        for evidence in bisection.evidence.values()
        for event in evidence.claims
        if isinstance(event.data, Claim) and event.data.phase.startswith(RELEASE)
    }
    return dict(sorted(found.items()))
