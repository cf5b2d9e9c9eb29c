"""The target: the crash that is hunted, given at the start or learned at the bad end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from kbis.bisect.compare import Hunted, compare
from kbis.bisect.crash_title import without_lines
from kbis.bisect.fold import Bisection
from kbis.log.kinds import Alias, Boot, Target


def target_of(bisection: Bisection) -> Hunted | None:
    """Return the given target, else the most frequent crash at the bad end, the first seen among equals.

    A crash before the reproducer ran is not what the reproducer reproduces, so `boot-failed` never teaches. Nor does
    one whose title a person called another bug.
    """
    aliases = {
        title: event.data for title, event in bisection.aliases.items() if isinstance(event.data, Alias)
    }
    given = bisection.terms.target
    if given is not None:
        return _hunted(given, aliases)
    seen: list[Hunted] = []
    counts: Counter[int] = Counter()
    for event in bisection.of(bisection.bad).boots:
        boot = event.data
        if not isinstance(boot, Boot) or boot.outcome not in ("crash", "hang") or boot.title is None:
            continue
        alias = aliases.get(without_lines(boot.title))
        if alias is not None and not alias.is_target:
            continue
        at = next((i for i, each in enumerate(seen) if compare(boot, each).kind == "same"), len(seen))
        if at == len(seen):
            seen.append(Hunted(boot.title, boot.type, boot.alternatives, boot.frames, boot.file))
        counts[at] += 1
    if not seen:
        return None
    return replace(seen[max(range(len(seen)), key=lambda i: (counts[i], -i))], aliases=aliases)


def _hunted(given: Target, aliases: Mapping[str, Alias]) -> Hunted:
    return Hunted(given.title, given.type, given.alternatives, given.frames, given.file, aliases)
