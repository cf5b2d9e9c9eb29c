"""What a verdict led to: the revisions that were tested because of it. Pure."""

from collections.abc import Iterable

from kbis.bisect.decision import Verdict
from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.log.event import Event
from kbis.log.kinds import Claim, Override
from kbis.log.kinds import Verdict as VerdictFact


def led_to(bisection: Bisection, verdict: Event, graph: Graph | None) -> tuple[bytes, ...]:
    """Return the revisions that were claimed for testing on the strength of a verdict, in the order of their claims.

    Those are the ones whose claims follow it, unless something that follows it too said otherwise of the revision by
    then. Where the history is here, only those count that the opposite verdict would have excluded: after `bad` the
    search goes on among a revision's ancestors, after `good` among all others.

    Args:
        bisection: The state.
        verdict: A verdict event.
        graph: The commits between the ends; None where they are not here.
    """
    said = _said(verdict)
    after = _followers(bisection.events, {verdict.id})
    corrected = {
        each.id
        for each in bisection.events
        if each.id in after and each.object == verdict.object and _said(each) not in (None, said)
    }
    later = after - corrected - _followers(bisection.events, corrected)
    claimed = dict.fromkeys(
        each.object
        for each in bisection.events
        if isinstance(each.data, Claim)
        and each.id in later
        and each.id not in bisection.retracted
        and each.object != verdict.object
    )
    return tuple(each for each in claimed if _would_be_spared(each, verdict.object, said, graph))


def _said(event: Event) -> Verdict | None:
    return event.data.verdict if isinstance(event.data, VerdictFact | Override) else None


def _followers(events: Iterable[Event], ids: Iterable[bytes]) -> set[bytes]:
    """Return every event that follows one of these; `events` are in the total order, so parents come first."""
    first = set(ids)
    found: set[bytes] = set()
    for each in events:
        if any(parent in first or parent in found for parent in each.parents):
            found.add(each.id)
    return found


def _would_be_spared(tested: bytes, judged: bytes, said: Verdict | None, graph: Graph | None) -> bool:
    if graph is None or not (graph.contains(tested) and graph.contains(judged)):
        return True
    match said:
        case "bad":
            return graph.is_ancestor(tested, judged)
        case "good":
            return not graph.is_ancestor(tested, judged)
        case _:
            return False
