"""The target: the crash that is hunted, given at the start or learned at the bad end."""

from collections import Counter

from kbis.bisect.compare import same_title
from kbis.bisect.fold import Bisection
from kbis.log.kinds import Boot, Target


def target_of(bisection: Bisection) -> Target | None:
    """Return the given target, else the most frequent crash at the bad end, the first seen among equals.

    A crash before the reproducer ran is not what the reproducer reproduces, so `boot-failed` never teaches.
    """
    if bisection.terms.target is not None:
        return bisection.terms.target
    seen: list[Target] = []
    counts: Counter[int] = Counter()
    for event in bisection.of(bisection.bad).boots:
        boot = event.data
        if not isinstance(boot, Boot) or boot.outcome not in ("crash", "hang") or boot.title is None:
            continue
        at = next((i for i, each in enumerate(seen) if same_title(each.title, boot.title)), len(seen))
        if at == len(seen):
            seen.append(Target(boot.title, boot.type))
        counts[at] += 1
    if not seen:
        return None
    return seen[max(range(len(seen)), key=lambda i: (counts[i], -i))]
