"""The policies of kbis as players: the real `decide` and `judge`, on real events that were never written anywhere."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Protocol, runtime_checkable

from kbis.bisect.decision import Conclusion, Test
from kbis.bisect.fold import Bisection, Evidence, fold
from kbis.bisect.policy import Policy, Terrain
from kbis.log.event import Event
from kbis.log.kinds import Boot, Build, Data, Start, Target
from tests.bench.accuracy.ground import Ground
from tests.bench.accuracy.players import Accuse, Leaning, TryRevision
from tests.bench.accuracy.world import Shown

TARGET = Target("KASAN: use-after-free Read in tcp_close", "KASAN-USE-AFTER-FREE-READ")

BOOT_NS = 1_000_000_000
"""What a boot takes here; a build takes so many times that."""

SHOWN: dict[Shown, Boot] = {
    "ok": Boot("ok", reached="end", duration_ns=BOOT_NS),
    "target": Boot(
        "crash",
        title=TARGET.title,
        type=TARGET.type,
        frames=("tcp_close", "inet_release"),
        reached="reproducer",
        duration_ns=BOOT_NS,
    ),
    "other": Boot(
        "crash",
        title="WARNING in ext4_iomap_begin",
        type="WARNING",
        frames=("ext4_iomap_begin",),
        reached="reproducer",
        duration_ns=BOOT_NS,
    ),
    "boot-failed": Boot("boot-failed", reached="nothing", duration_ns=BOOT_NS),
}
"""The event that each outcome becomes."""

REPOSITORY = bytes(20)
KEY = sha256(b"a key").digest()
TIME_MS = 1_700_000_000_000


@runtime_checkable
class Believer(Protocol):
    """A policy that can say how likely each candidate is."""

    def chances(self, bisection: Bisection, terrain: Terrain) -> Mapping[bytes, float]:
        """Return the chance of each candidate."""


class PolicyPlayer:
    """Turns a policy as `kbis step` does: boot the revision it names as often as it said, or to a verdict.

    The state grows event by event; `fold` of the same events gives the same state, which a test holds.
    """

    def __init__(self, policy: Policy, ground: Ground, build_boots: float, check_ends: bool = False) -> None:
        """Start a bisection.

        Args:
            policy: The rule.
            ground: The history.
            build_boots: What a build takes, in boots.
            check_ends: Whether the ends are tested too, or vouched for.
        """
        self.policy = policy
        self.terrain = Terrain(ground.graph)
        self._build_ns = round(build_boots * BOOT_NS)
        terms = Start(policy.name, policy.boots, (ground.good,), target=TARGET, check_ends=check_ends)
        self.events: list[Event] = []
        folded = fold([self._append(ground.bad, terms)])
        assert folded is not None
        self._first = folded
        self._evidence: dict[bytes, Evidence] = {}
        self._test: Test | None = None
        self._boots_left = 0

    def state(self) -> Bisection:
        """The state as it stands: no two kernels are the same one, nothing is retracted."""
        return replace(self._first, events=tuple(self.events), evidence=self._evidence)

    def move(self) -> TryRevision | Accuse:
        """Go on with the test, or ask the policy."""
        bisection = self.state()
        if self._test is not None and self._goes_on(bisection, self._test):
            return TryRevision(self._test.revision)
        match self.policy.decide(bisection, self.terrain):
            case Test() as test:
                self._test = test
                self._boots_left = test.boots or 0
                return TryRevision(test.revision)
            case Conclusion() as end:
                sure = None if end.confidence_ppm is None else end.confidence_ppm / 1e6
                return Accuse(end.candidates, sure, end.result)
            case other:
                raise AssertionError(f"{self.policy.name} neither tests nor concludes, but says {other}")

    def built(self, revision: bytes, ok: bool) -> None:
        """Append a build event; each revision gives another kernel."""
        if not ok:
            self._boots_left = 0
        fact = Build(
            "ok" if ok else "failed",
            "gcc",
            signature=revision if ok else None,
            duration_ns=self._build_ns,
        )
        event = self._append(revision, fact)
        # A fold keeps its evidence in the order of revisions.
        self._evidence = dict(sorted({**self._evidence, revision: Evidence(revision, (event,))}.items()))

    def booted(self, revision: bytes, shown: Shown) -> None:
        """Append a boot event."""
        event = self._append(revision, SHOWN[shown])
        known = self._evidence[revision]
        self._evidence = self._evidence | {revision: Evidence(revision, known.builds, (*known.boots, event))}
        self._boots_left = 0 if shown == "target" else self._boots_left - 1

    def leaning(self) -> Leaning | None:
        """Ask the policy for its chances, if it has any."""
        if not isinstance(self.policy, Believer):
            return None
        chances = self.policy.chances(self.state(), self.terrain)
        if not chances:
            return None
        best = max(chances, key=lambda each: (chances[each], each))
        return Leaning(best, chances[best])

    def _goes_on(self, bisection: Bisection, test: Test) -> bool:
        if test.boots is None:
            return self.policy.judge(bisection, test.revision) is None
        return self._boots_left > 0

    def _append(self, about: bytes, data: Data) -> Event:
        number = len(self.events)
        event = Event(
            repository=REPOSITORY,
            bisection=self.events[0].id if self.events else b"",
            object=about,
            key=KEY,
            parents=tuple(each.id for each in self.events[-1:]),
            lamport=number + 1,
            time=TIME_MS + number,
            nonce=number.to_bytes(8),
            data=data,
        )
        self.events.append(event)
        return event
