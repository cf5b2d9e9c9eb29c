"""Facts for tests: events made in memory, unsigned, each after the one before it."""

from hashlib import sha256
from typing import Literal

from kbis.bisect.fold import Bisection, fold
from kbis.log.event import Event
from kbis.log.kinds import Boot, Build, Claim, Data, Override, Retract, Start

ROOT = bytes(20)
KEY = sha256(b"a key").digest()


def oid(name: str) -> bytes:
    """A commit id for a name."""
    return sha256(name.encode()).digest()[:20]


class Facts:
    """A growing chain of events of one bisection; `key` signs the next."""

    key = KEY

    def __init__(
        self,
        bad: str = "bad",
        good: tuple[str, ...] = ("good",),
        policy: str = "git/1",
        boots: int = 4,
        check_ends: bool | None = None,
    ) -> None:
        terms = Start(policy, boots, tuple(map(oid, good)), check_ends=check_ends)
        self.events: list[Event] = []
        self._add(oid(bad), terms)

    def build(
        self,
        name: str,
        outcome: Literal["ok", "failed", "infra"] = "ok",
        kernel: str | None = None,
        tree: str | None = None,
        duration_ns: int | None = None,
    ) -> Event:
        signature = sha256((kernel or name).encode()).digest() if outcome == "ok" else None
        made = oid(tree) if tree else None
        return self._add(oid(name), Build(outcome, "gcc", signature, tree=made, duration_ns=duration_ns))

    def boots(self, name: str, *outcomes: str) -> list[Event]:
        """Each outcome is `ok`, `infra`, `boot-failed`, `hang`, `lost`, or the title of a crash."""
        return [self._add(oid(name), _boot(each)) for each in outcomes]

    def tested(self, name: str, *outcomes: str) -> None:
        """A built revision with its boots."""
        self.build(name)
        self.boots(name, *outcomes)

    def claim(self, name: str, phase: str) -> Event:
        return self._add(oid(name), Claim(4, 0, "here", phase))

    def override(self, name: str, verdict: Literal["good", "bad", "skip"]) -> Event:
        return self._add(oid(name), Override(verdict, "I looked"))

    def retract(self, *events: Event) -> Event:
        return self._add(events[0].object, Retract(tuple(each.id for each in events), "wrong"))

    def add(self, name: str, data: Data) -> Event:
        return self._add(oid(name), data)

    def state(self) -> Bisection:
        found = fold(self.events)
        assert found is not None
        return found

    def _add(self, about: bytes, data: Data) -> Event:
        last = self.events[-1:]
        event = Event(
            repository=ROOT,
            bisection=self.events[0].id if self.events else b"",
            object=about,
            key=self.key,
            parents=tuple(each.id for each in last),
            lamport=len(self.events) + 1,
            time=1_700_000_000_000 + len(self.events),
            nonce=len(self.events).to_bytes(8, "big"),
            data=data,
        )
        self.events.append(event)
        return event


def _boot(outcome: str) -> Boot:
    match outcome:
        case "ok":
            return Boot("ok", reached="end")
        case "infra" | "boot-failed" | "hang" | "lost":
            return Boot(outcome)
        case title:
            return Boot("crash", title=title, reached="reproducer")
