"""One worker's events must follow one another; where they do not, it is told, and honest work side by side is not."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kbis.log.equivocation import Fork, forks
from kbis.log.event import Event
from kbis.log.kinds import Boot, Claim, Override, Verdict
from tests.log.world import BOB, Bisection, a_commit


def found(events: list[Event]) -> tuple[Fork, ...]:
    ordered = sorted(events, key=lambda each: each.order)
    return forks(ordered, {each.id for each in events})


def claim(machine: str) -> Claim:
    return Claim(4, 0, machine, "bisect")


def test_a_chain_is_no_fork() -> None:
    made = Bisection()
    events = [made.start()]
    for number in range(6):
        events.append(made.event([events[-1]], claim("one") if number % 3 == 0 else Boot("ok")))
    assert found(events) == ()


def test_two_events_of_one_worker_that_do_not_know_each_other_are_a_fork() -> None:
    made = Bisection()
    start = made.start()
    taken = made.event([start], claim("one"))
    left, right = made.event([taken], Boot("ok")), made.event([taken], Boot("ok"))
    both = sorted([left, right], key=lambda each: each.order)
    [fork] = found([start, taken, left, right])
    assert fork == Fork((start.key, "one"), 1, (both[0], both[1]))


def test_two_workers_with_one_key_side_by_side_are_no_fork() -> None:
    made = Bisection()
    start = made.start()
    ours, theirs = made.event([start], claim("one")), made.event([start], claim("two"))
    boots = [made.event([each], Boot("ok")) for each in (ours, theirs)]
    # Either may write the verdict of what the other tested.
    verdict = made.event([boots[0]], Verdict("good", "git/1", "x"), object=boots[1].object)
    claims = [made.event([verdict, boots[1]], claim(name)) for name in ("one", "two")]
    assert found([start, ours, theirs, *boots, verdict, *claims]) == ()


def test_claims_of_one_of_several_workers_that_do_not_know_each_other_are_a_fork() -> None:
    made = Bisection()
    start = made.start()
    other = made.event([start], claim("two"))
    left, right = made.event([start], claim("one")), made.event([start], claim("one"))
    [fork] = found([start, other, left, right])
    assert fork.writer == (start.key, "one")


def test_two_signers_side_by_side_are_no_fork() -> None:
    made, other = Bisection(), Bisection(author=BOB, made=100)
    start = made.start()
    taken = made.event([start], claim("one"))
    ours = made.event([taken], Boot("ok"))
    theirs = other.event([taken], claim("one"))
    assert found([start, taken, ours, theirs, other.event([theirs], Boot("ok"))]) == ()


def test_a_persons_word_may_come_at_any_time() -> None:
    made = Bisection()
    start = made.start()
    taken = made.event([start], claim("one"))
    word, boot = made.event([taken], Override("bad", "x")), made.event([taken], Boot("ok"))
    assert found([start, taken, word, boot, made.event([word, boot], Boot("ok"))]) == ()


def test_boots_without_any_claim_are_of_one_nameless_worker() -> None:
    made = Bisection()
    start = made.start()
    [fork] = found([start, made.event([start], Boot("ok")), made.event([start], Boot("ok"))])
    assert fork.writer == (start.key, "")


def test_an_event_that_does_not_count_still_joins_two_that_do() -> None:
    made, other = Bisection(), Bisection(author=BOB, made=100)
    start = made.start()
    first = made.event([start], claim("one"))
    between = other.event([first], Boot("ok"))
    second = made.event([between], Boot("ok"))
    events = [start, first, between, second]
    assert forks(events, {start.id, first.id, second.id}) == ()
    assert len(forks([start, first, second], {start.id, first.id, second.id})) == 1


@given(st.data())
def test_a_fork_is_found_exactly_where_an_event_does_not_follow_the_one_before(data: st.DataObject) -> None:
    made = Bisection()
    events = [made.start()]
    for _ in range(data.draw(st.integers(1, 12))):
        parents = data.draw(st.lists(st.sampled_from(events), min_size=1, max_size=3, unique=True))
        events.append(made.event(parents, Boot("ok"), object=a_commit(1)))
    known = {each.id: each for each in events}

    def follows(event: Event, other: Event) -> bool:
        return any(each == other.id or follows(known[each], other) for each in event.parents)

    boots = sorted(events[1:], key=lambda each: each.order)
    apart = [pair for pair in pairwise(boots) if not follows(pair[1], pair[0])]
    expected = [Fork((events[0].key, ""), len(apart), apart[0])] if apart else []
    assert list(found(events)) == expected


def test_a_long_history_of_several_workers_is_no_fork() -> None:
    made = Bisection()
    start = made.start()
    events, last = [start], start
    for number in range(3000):
        last = made.event([last, start] if number % 2 else [last], claim(f"m{number % 5}"))
        events.append(last)
    assert found(events) == ()
