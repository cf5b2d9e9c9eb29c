"""Events that their names did not write: kept, reported, never counted, and no harm to those that count."""

from collections import Counter
from itertools import product

import pytest

from kbis.bisect.fold import fold
from kbis.log.event import Event
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot, Override
from tests.hostile.clone import Clone, People, changed, recorded

FAILED = 4


def crash_of(clone: Clone, people: People, name: str, **changes: object) -> Event:
    """An event that somebody's key could sign: one more crash, after all that is recorded."""
    events = clone.events()
    last = events[-1]
    facts: dict[str, object] = {
        "key": people.public(name).fingerprint,
        "data": Boot("crash", title="kernel BUG at a.c:LINE!", reached="reproducer"),
        "parents": (last.id,),
        "lamport": last.lamport + 1,
        "object": events[-1].object,
        "attachments": (),
        "nonce": b"hostile!",
    }
    return changed(last, **(facts | changes))


def planted(clone: Clone, event: Event, line: bytes) -> str:
    clone.publish({event.object.hex(): [line]})
    return event.object.hex()


def test_an_event_of_an_unknown_key_is_kept_and_shown_and_never_used(clone: Clone, people: People) -> None:
    before, status = clone.ids(), clone.kbis("status", "--json").out
    event = crash_of(clone, people, "mallory")
    note = planted(clone, event, people.line(event, "mallory"))
    assert clone.ids() == before
    assert clone.troubles() == {"warning: untrusted key": 1}
    assert clone.kbis("status", "--json").out == status
    assert people.line(event, "mallory") in clone.lines(note)
    shown = clone.kbis("log", "--all").out.splitlines()[-1]
    assert event.id.hex()[:12] in shown
    assert "not counted, untrusted key" in shown


def test_an_event_that_another_key_signed_is_a_bad_signature(clone: Clone, people: People) -> None:
    before = clone.ids()
    event = crash_of(clone, people, "ann")
    planted(clone, event, people.line(event, "mallory"))
    assert clone.troubles(FAILED) == {"failure: bad signature": 1}
    assert clone.ids() == before


@pytest.mark.parametrize("namespace", ["git", "file", "kbis-event@v2", "kbis-event@v1 "])
def test_a_signature_made_for_something_else_is_a_bad_signature(
    clone: Clone, people: People, namespace: str
) -> None:
    event = crash_of(clone, people, "ann")
    planted(clone, event, people.line(event, "ann", namespace))
    assert clone.reasons() == {"bad signature"}
    assert event.id not in clone.ids()


def test_a_key_that_may_sign_for_something_else_alone_does_not_count(clone: Clone, people: People) -> None:
    allowed = clone.path / ".git/kbis/allowed_signers"
    allowed.write_text(people.allowed("ann") + f'bob namespaces="git" {people.public("bob").line()}\n')
    event = crash_of(clone, people, "bob")
    planted(clone, event, people.line(event, "bob"))
    assert clone.troubles() == {"warning: untrusted key": 1}
    [trouble] = clone.verify()["troubles"]
    assert 'in namespaces "git", not "kbis-event@v1"' in trouble["detail"]


def test_no_flipped_bit_of_an_event_makes_another_one_that_counts(clone: Clone, people: People) -> None:
    before = clone.ids()
    event = crash_of(clone, people, "ann")
    line = people.line(event, "ann")
    flipped = {
        line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]
        for at, bit in product(range(len(line)), range(8))
    }
    assert len(flipped) == 8 * len(line)
    planted(clone, event, b"\n".join(flipped))
    report = clone.verify(FAILED)
    found = Counter({each["matter"]: each["number"] for each in report["totals"]})
    # A flip can make a newline: then the line is two.
    assert found.total() == report["lines"] - len(before) >= len(flipped)
    assert set(found) <= {"foreign line", "newer version", "malformed", "bad signature", "untrusted key"}
    assert clone.ids() == before
    planted(clone, event, line)
    assert clone.ids() == before | {event.id}


@pytest.mark.parametrize("lamport", [1, 2**39, 2**40 - 1])
def test_a_jump_of_the_lamport_number_takes_nobody_along(clone: Clone, people: People, lamport: int) -> None:
    event = crash_of(clone, people, "bob", lamport=lamport)
    planted(clone, event, people.line(event, "bob"))
    assert clone.troubles(FAILED) == {"failure: wrong order": 1}
    last = clone.events()[-1]
    after = recorded(clone, Draft(last.object, Override("bad", "I looked")))
    assert after.lamport == last.lamport + 1
    assert after.id in clone.ids()


def test_two_events_of_one_lamport_number_are_in_the_same_order_everywhere(
    original: Clone, clone: Clone, people: People
) -> None:
    good, bad = (
        crash_of(clone, people, name, data=Override(verdict, "I looked"))
        for name, verdict in (("ann", "good"), ("bob", "bad"))
    )
    assert good.lamport == bad.lamport
    other = original.copy(clone.path.with_name("other"))
    for where, order in ((clone, (good, bad)), (other, (bad, good))):
        for event, name in ((each, "ann" if each is good else "bob") for each in order):
            planted(where, event, people.line(event, name))
            where.ids()
    states = [fold(each.events()) for each in (clone, other)]
    assert states[0] == states[1]
    assert states[0] is not None
    assert states[0].of(good.object).override == max(good, bad, key=lambda each: each.id)
    assert clone.kbis("status", "--json").out == other.kbis("status", "--json").out


def test_a_copied_clone_that_works_on_beside_the_first_is_a_forked_history(
    original: Clone, clone: Clone
) -> None:
    other = original.copy(clone.path.with_name("copied"))
    draft = Draft(clone.events()[-1].object, Boot("ok", reached="end"))
    one, two = recorded(clone, draft), recorded(other, draft)
    clone.publish({two.object.hex(): other.lines(two.object.hex())})
    assert {one.id, two.id} <= clone.ids()
    assert clone.troubles() == {"warning: forked history": 1}
    assert "ann@example.org on farm1" in clone.kbis("verify").out
