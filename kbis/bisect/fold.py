"""The fold: a set of events to the state of one bisection.

Total, deterministic, and blind to the order and number of copies in which events arrive. Evidence is kept as it
came; verdicts are derived from it by a policy (`kbis.bisect.policy`), never stored here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from kbis.bisect.crash_title import without_lines
from kbis.bisect.kernels import Kernels, Mark, Trees
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
        kernels: Which revisions are one kernel, by what the builds recorded.
    """

    start: Event
    events: tuple[Event, ...]
    evidence: Mapping[bytes, Evidence]
    retracted: Mapping[bytes, Event]
    conclusions: tuple[Event, ...]
    aliases: Mapping[str, Event] = field(default_factory=dict)
    kernels: Kernels = field(repr=False, default_factory=Kernels)

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
        """Return the evidence of a revision with the builds and boots of every revision that is the same kernel."""
        own = self.of(revision)
        twins = self.kernels.twins(revision)
        if len(twins) < 2:
            return own
        builds = sorted(
            (each for twin in twins for each in self.of(twin).builds), key=lambda each: each.order
        )
        boots = sorted((each for twin in twins for each in self.of(twin).boots), key=lambda each: each.order)
        return replace(own, builds=tuple(builds), boots=tuple(boots))

    @property
    def weighed(self) -> tuple[bytes, ...]:
        """Every revision that evidence speaks of: the touched ones and those that are the same kernel, sorted."""
        return tuple(sorted({*self.evidence, *self.kernels.together}))

    def with_trees(self, trees: Trees) -> "Bisection":
        """Return the state with kernels told apart by the repository's trees too, of commits never built as well."""
        if not trees.of:
            return self
        known = ((each, trees.of[each]) for each in self.evidence if each in trees.of)
        marks: list[tuple[bytes, Mark]] = [(revision, ("tree", tree)) for revision, tree in known]
        return replace(self, kernels=Kernels.of([*_marks(self.evidence.values()), *marks], trees))


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
    return Bisection(
        start=start,
        events=ordered,
        evidence=evidence,
        retracted=retracted,
        conclusions=tuple(each for each in standing if isinstance(each.data, Conclude)),
        aliases={without_lines(each.data.title): each for each in standing if isinstance(each.data, Alias)},
        kernels=Kernels.of(_marks(evidence.values())),
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


def _marks(evidence: Iterable[Evidence]) -> Iterator[tuple[bytes, Mark]]:
    """Yield what the builds say a revision may share with others."""
    for each in evidence:
        if each.signature is not None:
            yield each.revision, ("signature", each.signature)
        for event in each.builds:
            if isinstance(event.data, Build) and event.data.tree is not None:
                yield each.revision, ("tree", event.data.tree)


def _signature(event: Event) -> bytes | None:
    return event.data.signature if isinstance(event.data, Build) and event.data.outcome == "ok" else None
