"""Recorded decisions that the evidence about the target does not bear out, and what they led to. Pure.

This is another question than whether a decision follows from its policy (`kbis.bisect.replay`): the rule may be at
fault, or boots that came later may have shown something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kbis.bisect.consequence import led_to
from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.bisect.support import (
    Standing,
    Support,
    contradicts,
    standing_of,
    support_of,
    support_of_event,
    tallies_of,
)
from kbis.log.event import Event
from kbis.log.kinds import Conclude, Override, Verdict


@dataclass(frozen=True)
class Doubt:
    """A recorded decision to be doubted.

    Attributes:
        event: The verdict, the person's word or the conclusion.
        revision: The revision it is wrong about, 20 bytes.
        said: `good`, `bad`, `skip` or `first bad commit`.
        support: How far the evidence bears it out.
        standing: That evidence.
        tested: The revisions that were tested because of it.
    """

    event: Event
    revision: bytes
    said: str
    support: Support
    standing: Standing
    tested: tuple[bytes, ...] = ()


def doubts(bisection: Bisection, graph: Graph | None) -> Iterator[Doubt]:
    """Yield every decision that stands and is weak or not borne out by all that is known now, in the total order.

    A person's word is doubted only where boots speak against it.

    Args:
        bisection: The state.
        graph: The commits between the ends; None where they are not here.
    """
    tallies = tallies_of(bisection)
    known: dict[bytes, Standing] = {}

    def standing(revision: bytes) -> Standing:
        if revision not in known:
            known[revision] = standing_of(bisection, revision, tallies)
        return known[revision]

    for event in bisection.events:
        if event.id in bisection.retracted:
            continue
        match event.data:
            case Verdict(verdict=verdict):
                support = support_of_event(event, bisection, standing(event.object))
                if support in ("weak", "not borne out"):
                    tested = led_to(bisection, event, graph) if support == "not borne out" else ()
                    yield Doubt(event, event.object, verdict, support, standing(event.object), tested)
            case Override(verdict=verdict) if event is bisection.of(event.object).override:
                if contradicts(verdict, standing(event.object)):
                    tested = led_to(bisection, event, graph)
                    yield Doubt(event, event.object, verdict, "not borne out", standing(event.object), tested)
            case Conclude(result="first bad commit", candidates=(culprit,)):
                word = bisection.of(culprit).override
                stands = word is not None and isinstance(word.data, Override) and word.data.verdict == "bad"
                if not stands and support_of("bad", standing(culprit)) == "not borne out":
                    yield Doubt(event, culprit, "first bad commit", "not borne out", standing(culprit))
            case _:
                pass
