"""What counts: a set decides, not its order; and whatever does not count says why."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbis.log.count import Counted, Counting, Ignored, Placed, count
from kbis.log.event import Event
from kbis.log.kinds import Boot
from tests.log.world import Bisection, a_commit


def at_home(event: Event) -> Placed:
    return Placed(event.object.hex(), event, "ann")


def counted(events: Iterable[Event]) -> Counted:
    return count(map(at_home, events), lambda root: root == a_commit(0))


def reason(events: Sequence[Event], about: Event) -> str | None:
    """Why an event does not count among others; None when it does."""
    found = counted(events)
    if about.id in {each.id for bisection in found.bisections.values() for each in bisection}:
        return None
    [why] = {each.reason for each in found.ignored if each.event and each.event.id == about.id}
    return why


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """A few bisections that grew in parallel, with branches and merges, parents first."""
    made: list[Event] = []
    for _ in range(draw(st.integers(1, 3))):
        bisection = Bisection(made=1000 * len(made))
        own = [bisection.start()]
        for _ in range(draw(st.integers(0, 8))):
            own.append(
                bisection.event(draw(st.lists(st.sampled_from(own), min_size=1, max_size=3, unique=True)))
            )
        made += own
    return made


@given(logs(), st.randoms())
def test_the_order_and_number_of_copies_do_not_matter(events: list[Event], rng: Any) -> None:
    copies = events + rng.choices(events, k=5)
    rng.shuffle(copies)
    assert counted(copies) == counted(events)
    assert {each.id for bisection in counted(events).bisections.values() for each in bisection} == {
        e.id for e in events
    }


@given(logs(), st.randoms())
def test_ignored_lines_come_in_one_order(events: list[Event], rng: Any) -> None:
    kept = [each for each in events if rng.random() < 0.6]
    turned = rng.sample(kept, len(kept))
    refused = [Ignored("ab", "foreign line", str(n)) for n in range(3)]
    there = count(map(at_home, kept), lambda root: True, refused)
    assert count(map(at_home, turned), lambda root: True, refused[::-1]) == there


@given(logs(), st.data())
def test_an_event_counts_when_its_whole_past_is_here_and_only_then(
    events: list[Event], data: st.DataObject
) -> None:
    here = data.draw(st.lists(st.sampled_from(events), unique_by=lambda each: each.id))
    held = {each.id: each for each in here}
    found = counted(here)
    counts = {each.id for bisection in found.bisections.values() for each in bisection}

    def whole(event: Event) -> bool:
        return event.search in held and all(each in held and whole(held[each]) for each in event.parents)

    assert counts == {each.id for each in here if whole(each)}
    assert {each.event.id for each in found.ignored if each.event} == held.keys() - counts
    assert counted(events).ignored == ()


@given(logs(), st.data())
def test_counting_bit_by_bit_says_what_counting_at_once_says(
    events: list[Event], data: st.DataObject
) -> None:
    """In any order and any parts, with copies in wrong places, of broken signatures and of an unknown repository."""
    placed = [
        data.draw(st.sampled_from(versions(each)), label="version")
        for each in [*events, *data.draw(st.lists(st.sampled_from(events), max_size=5))]
    ]
    left = data.draw(st.permutations(placed))
    counting = Counting(lambda root: root == a_commit(0))
    seen: list[Placed] = []
    while left:
        size = data.draw(st.integers(1, len(left)))
        part, left = left[:size], left[size:]
        counting.add(part)
        seen += part
        assert counting.counted() == count(seen, lambda root: root == a_commit(0))


def versions(event: Event) -> list[Placed]:
    """An event in its place, mostly, and as it should not be."""
    note, elsewhere = event.object.hex(), replace(event, repository=a_commit(99), body=b"", id=b"")
    wrong = [
        Placed(a_commit(98).hex(), event, "ann"),
        Placed(note, event, "ann", ("bad signature", "somebody else signed it")),
        Placed(note, elsewhere, "ann"),
    ]
    return [at_home(event)] * 12 + wrong


def test_an_event_of_a_repository_that_is_fetched_later_counts_then() -> None:
    roots: set[bytes] = set()
    counting = Counting(roots.__contains__)
    made = Bisection()
    start = made.start()
    counting.add([at_home(start), at_home(made.event([start]))])
    assert {each.reason for each in counting.counted().ignored} == {"other repository"}
    roots.add(a_commit(0))
    counting.add([])
    assert counting.counted() == count([*map(at_home, counting._known.values())], lambda _: True)


@given(logs())
def test_bisections_are_in_the_total_order_with_their_start_first(events: list[Event]) -> None:
    for search, bisection in counted(events).bisections.items():
        assert list(bisection) == sorted(bisection, key=lambda each: (each.lamport, each.id))
        assert bisection[0].id == search


def test_an_event_with_a_missing_parent_counts_again_when_that_arrives() -> None:
    made = Bisection()
    start = made.start()
    first = made.event([start])
    second = made.event([first])
    assert reason([start, second], second) == "missing parent"
    assert reason([start, second, first], second) is None


def test_what_follows_an_event_without_its_past_does_not_count_either() -> None:
    made = Bisection()
    start = made.start()
    first, lost = made.event([start]), made.event([start])
    second = made.event([first, lost])
    third = made.event([second])
    assert reason([start, first, second, third], third) == "missing parent"
    assert reason([start, first, second, third], first) is None


@pytest.mark.parametrize("lamport", [1, 2, 4, 100, 2**39])
def test_a_wrong_lamport_number_does_not_count(lamport: int) -> None:
    made = Bisection()
    start = made.start()
    first = made.event([start])
    wrong = made.event([first], lamport=lamport)
    after = made.event([wrong])
    assert reason([start, first, wrong, after], wrong) == "wrong order"
    assert reason([start, first, wrong, after], after) == "missing parent"


def test_an_event_that_follows_nothing_does_not_count() -> None:
    made = Bisection()
    start = made.start()
    loose = made.event([], Boot("ok"), bisection=start.id, lamport=1)
    assert reason([start, loose], loose) == "wrong order"


def test_an_event_that_follows_another_bisection_does_not_count() -> None:
    made = Bisection()
    one, two = made.start(), made.start()
    stray = made.event([one, two], bisection=two.id)
    assert reason([one, two, stray], stray) == "wrong order"


def test_an_event_that_names_no_start_event_as_its_bisection_does_not_count() -> None:
    made = Bisection()
    start = made.start()
    first = made.event([start])
    stray = made.event([first], bisection=first.id)
    after = made.event([stray])
    assert reason([start, first, stray], stray) == "wrong order"
    assert reason([start, first, stray, after], after) in (
        "wrong order",
        "missing parent",
        "unknown bisection",
    )


def test_a_misplaced_copy_does_not_count_and_the_original_does() -> None:
    made = Bisection()
    start = made.start()
    copy = Placed("ab" * 20, start, "ann")
    found = count([copy, at_home(start)], lambda root: True)
    assert found == count([at_home(start), copy], lambda root: True)
    assert found.bisections == {start.id: (start,)}
    assert [(each.note, each.reason) for each in found.ignored] == [("ab" * 20, "misplaced")]
    assert count([copy], lambda root: True).bisections == {}


def test_an_event_of_another_repository_does_not_count() -> None:
    stranger = Bisection(root=a_commit(77))
    start = stranger.start()
    assert reason([start, stranger.event([start])], start) == "other repository"


def test_the_past_may_hold_events_that_do_not_count_themselves() -> None:
    made = Bisection()
    start = made.start()
    dropped = made.event([start])
    after = made.event([dropped])
    placed = [
        at_home(start),
        Placed(dropped.object.hex(), dropped, "eve", ("untrusted key", "eve is nobody")),
        at_home(after),
    ]
    found = count(placed, lambda root: True)
    assert [each.id for each in found.bisections[start.id]] == [start.id, after.id]
    assert [(each.event, each.reason) for each in found.ignored] == [(dropped, "untrusted key")]


def test_nothing_counts_under_a_start_event_that_does_not() -> None:
    made = Bisection()
    start = made.start()
    after = made.event([start])
    found = count(
        [Placed(start.object.hex(), start, "eve", ("untrusted key", "who?")), at_home(after)],
        lambda root: True,
    )
    assert found.bisections == {}
    assert {each.reason for each in found.ignored} == {"untrusted key", "unknown bisection"}


def test_a_copy_with_a_broken_signature_does_not_take_the_sound_one_down() -> None:
    start = Bisection().start()
    broken = Placed(start.object.hex(), start, "ann", ("bad signature", "no"))
    for placed in ([broken, at_home(start)], [at_home(start), broken]):
        found = count(placed, lambda root: True)
        assert found.bisections == {start.id: (start,)}
        assert [each.reason for each in found.ignored] == ["bad signature"]
