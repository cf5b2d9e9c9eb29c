"""The fold: a set of events to the state of one bisection.

Total, deterministic, and blind to the order and number of copies in which events arrive. Evidence is kept as it
came; verdicts are derived from it by a policy (`kbis.bisect.policy`), never stored here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kbis.bisect.crash_title import without_lines
from kbis.log.event import Event
from kbis.log.kinds import (
    Alias,
    Boot,
    Build,
    Claim,
    Conclude,
    Override,
    Reproduce,
    Retract,
    Start,
    Unknown,
    Verdict,
)


@dataclass(frozen=True)
class Evidence:
    """What was seen of one revision, in the total order; retracted events are left out."""

    revision: bytes
    builds: tuple[Event, ...] = ()
    boots: tuple[Event, ...] = ()
    claims: tuple[Event, ...] = ()
    verdicts: tuple[Event, ...] = ()
    override: Event | None = None

    @property
    def signature(self) -> bytes | None:
        """The signature of the newest kernel made from this revision, or None."""
        return next((each for each in map(_signature, reversed(self.builds)) if each), None)


@dataclass(frozen=True)
class Bisection:
    """The state of one bisection: nothing but the fold of its events.

    Attributes:
        start: The start event; its object is the bad end.
        events: All events, in the total order.
        evidence: What was seen of each revision; retracted events are left out.
        retracted: Id of each event that does not count any more, with the event that says so.
        conclusions: What was concluded, oldest first.
        aliases: For each title, line numbers aside, the newest word of a person on whether it is the target.
    """

    start: Event
    events: tuple[Event, ...]
    evidence: Mapping[bytes, Evidence]
    retracted: Mapping[bytes, Event]
    conclusions: tuple[Event, ...]
    aliases: Mapping[str, Event] = field(default_factory=dict)
    _twins: Mapping[bytes, tuple[bytes, ...]] = field(repr=False, default_factory=dict)

    @property
    def id(self) -> bytes:
        """The bisection's id: that of its start event."""
        return self.start.id

    @property
    def terms(self) -> Start:
        """What was agreed at the start."""
        assert isinstance(self.start.data, Start)  # noqa: S101 - fold made it so
        return self.start.data

    @property
    def bad(self) -> bytes:
        """The bad end."""
        return self.start.object

    @property
    def heads(self) -> tuple[Event, ...]:
        """The newest events: those that no other event follows."""
        followed = {parent for each in self.events for parent in each.parents}
        return tuple(each for each in self.events if each.id not in followed)

    def of(self, revision: bytes) -> Evidence:
        """Return the evidence of a revision, empty when it was never touched."""
        return self.evidence.get(revision) or Evidence(revision)

    def shared(self, revision: bytes) -> Evidence:
        """Return the evidence of a revision with the boots of every revision whose kernel is the same one."""
        own = self.of(revision)
        twins = self._twins.get(own.signature or b"", ())
        if len(twins) < 2:
            return own
        boots = {each.id: each for twin in twins for each in self.of(twin).boots}
        ordered = tuple(sorted(boots.values(), key=lambda each: each.order))
        return Evidence(revision, own.builds, ordered, own.claims, own.verdicts, own.override)


def fold(events: Iterable[Event]) -> Bisection | None:
    """Return the state that a set of counted events of one bisection stands for; None before its start arrived.

    Raises:
        ValueError: the events belong to more than one bisection.
    """
    ordered = tuple(sorted({each.id: each for each in events}.values(), key=lambda each: each.order))
    if len({each.search for each in ordered}) > 1:
        raise ValueError("the events belong to more than one bisection")
    start = next((each for each in ordered if isinstance(each.data, Start)), None)
    if start is None:
        return None
    retracted = _retracted(ordered, start)
    standing = [each for each in ordered if each.id not in retracted]
    evidence = _evidence(standing)
    twins: dict[bytes, list[bytes]] = defaultdict(list)
    for each in evidence.values():
        if each.signature:
            twins[each.signature].append(each.revision)
    return Bisection(
        start=start,
        events=ordered,
        evidence=evidence,
        retracted=retracted,
        conclusions=tuple(each for each in standing if isinstance(each.data, Conclude)),
        aliases={without_lines(each.data.title): each for each in standing if isinstance(each.data, Alias)},
        _twins={signature: tuple(sorted(revisions)) for signature, revisions in twins.items()},
    )


def _retracted(ordered: tuple[Event, ...], start: Event) -> dict[bytes, Event]:
    """Find what was taken back; a retraction can be retracted itself, so the newest ones are heard first."""
    order = {each.id: each.order for each in ordered}
    taken: dict[bytes, Event] = {}
    for event in reversed(ordered):
        if isinstance(event.data, Retract) and event.id not in taken:
            for each in event.data.events:
                if each != start.id and each in order and order[each] < event.order:
                    taken[each] = event
    return taken


def _evidence(standing: Iterable[Event]) -> dict[bytes, Evidence]:
    builds, boots, claims, verdicts = (defaultdict[bytes, list[Event]](list) for _ in range(4))
    override: dict[bytes, Event] = {}
    for event in standing:
        match event.data:
            case Build():
                builds[event.object].append(event)
            case Boot():
                boots[event.object].append(event)
            case Claim():
                claims[event.object].append(event)
            case Verdict():
                verdicts[event.object].append(event)
            case Override():
                override[event.object] = event
            case Start() | Alias() | Retract() | Conclude() | Reproduce() | Unknown():
                pass
    touched = builds.keys() | boots.keys() | claims.keys() | verdicts.keys() | override.keys()
    return {
        revision: Evidence(
            revision,
            tuple(builds[revision]),
            tuple(boots[revision]),
            tuple(claims[revision]),
            tuple(verdicts[revision]),
            override.get(revision),
        )
        for revision in sorted(touched)
    }


def _signature(event: Event) -> bytes | None:
    return event.data.signature if isinstance(event.data, Build) and event.data.outcome == "ok" else None
