"""Which candidates no test can tell apart, because what lies between them cannot be tested."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from kbis.bisect.candidates import Candidates


def classes(candidates: Candidates, untestable: AbstractSet[bytes]) -> Sequence[int]:
    """Return for each candidate a number that it shares with those that no test can tell it from.

    Two candidates can be told apart by a test of a revision that contains one and not the other. So those belong
    together that the same testable revisions contain. The sets are compared by the sums of their members' object ids,
    which are random numbers of 160 bits.
    """
    oids = candidates.commits.oids
    if not untestable:
        return range(len(oids))
    ids = [0 if oid in untestable else int.from_bytes(oid, "big") for oid in oids]
    fingerprints = candidates.sums.descendant_sums(ids)
    number: dict[int, int] = {}
    return [number.setdefault(each, len(number)) for each in fingerprints]
