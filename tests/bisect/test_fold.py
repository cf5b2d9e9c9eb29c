"""The fold: the state follows from the set of events, however and in whatever portions they came."""

from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbis.bisect.fold import Bisection, fold
from kbis.bisect.kernels import Trees
from kbis.log.count import Placed, count
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
from tests.facts import KEY, ROOT, Facts, oid

NAMES = ["a", "b", "c"]
KERNELS = [b"k" * 32, b"l" * 32, None]


def event(made: list[Event], parents: list[Event], about: str, said: Any) -> Event:
    return Event(
        repository=ROOT,
        bisection=made[0].id,
        object=oid(about),
        key=KEY,
        parents=tuple(sorted(each.id for each in parents)),
        lamport=1 + max(each.lamport for each in parents),
        time=0,
        nonce=len(made).to_bytes(8, "big"),
        data=said,
        unknown_kind="future" if isinstance(said, Unknown) else "",
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events of every kind by writers who did not always know of each other, parents first."""
    made = Facts().events
    digits = st.integers(0, 12)
    for kind, one, two, three in draw(st.lists(st.tuples(digits, digits, digits, digits), max_size=14)):
        parents = list({each.id: each for each in (made[one % len(made)], made[two % len(made)])}.values())
        made.append(event(made, parents, NAMES[three % 3], data(made, kind, one, two)))
    return made


def data(made: list[Event], kind: int, one: int, two: int) -> Any:
    word: Any = ("good", "bad", "skip")[one % 3]
    earlier = tuple(made[at % len(made)].id for at in {one, two})
    match kind:
        case 0 | 1:
            return Build("ok" if two else "failed", "gcc", KERNELS[one % 3], tree=(None, ROOT)[two % 2])
        case 2 | 3:
            return Boot("crash" if one % 2 else "ok", "x" if one % 2 else None)
        case 4:
            return Claim(one, 0, "here", "candidate")
        case 5:
            return Verdict(word, "git/1", "")
        case 6:
            return Override(word, "")
        case 7 | 8:
            return Retract(earlier, "")
        case 9:
            return Conclude("range", "git/1", (), "")
        case 10:
            return Reproduce(earlier[0], True, "ok")
        case 11:
            return Alias(NAMES[one % 3], bool(two % 2), "")
        case _:
            return Unknown({"new": one})


@given(histories(), st.randoms())
def test_the_order_in_which_events_come_does_not_matter(events: list[Event], rng: Any) -> None:
    assert fold(rng.sample(events, len(events))) == fold(events)


@given(histories(), st.randoms())
def test_events_that_come_more_than_once_count_once(events: list[Event], rng: Any) -> None:
    copies = events + rng.choices(events, k=len(events))
    rng.shuffle(copies)
    assert fold(copies) == fold(events)


@given(histories(), st.randoms())
def test_events_that_come_in_portions_end_in_the_same_state(events: list[Event], rng: Any) -> None:
    """Portions arrive in any order; at every moment only what has its whole past is folded."""
    waiting = rng.sample(events, len(events))
    here: list[Event] = []
    states: list[Bisection | None] = []
    while waiting:
        size = rng.randint(1, len(waiting))
        here, waiting = [*here, *waiting[:size]], waiting[size:]
        found = count((Placed(each.object.hex(), each, "ann") for each in here), lambda root: True)
        states.append(fold(found.bisections.get(events[0].id, ())))
    assert states[-1] == fold(events)
    known = [{each.id for each in state.events} if state else set() for state in states]
    assert all(before <= after for before, after in pairwise(known))


@given(histories())
def test_every_event_is_kept_and_evidence_is_what_was_not_retracted(events: list[Event]) -> None:
    state = fold(events)
    assert state is not None
    assert {each.id for each in state.events} == {each.id for each in events}
    kinds: tuple[tuple[type[Any], str], ...] = (
        (Build, "builds"),
        (Boot, "boots"),
        (Claim, "claims"),
        (Verdict, "verdicts"),
    )
    for kind, name in kinds:
        standing = {each.id for each in events if isinstance(each.data, kind)} - state.retracted.keys()
        assert {each.id for of in state.evidence.values() for each in getattr(of, name)} == standing


@given(histories())
def test_heads_are_what_nothing_follows(events: list[Event]) -> None:
    state = fold(events)
    assert state is not None
    followed = {parent for each in events for parent in each.parents}
    assert {each.id for each in state.heads} == {each.id for each in events} - followed


def test_there_is_no_state_before_the_start_arrived() -> None:
    facts = Facts()
    facts.build("a")
    assert fold(facts.events[1:]) is None
    assert fold([]) is None


def test_two_bisections_are_not_folded_into_one() -> None:
    with pytest.raises(ValueError, match="more than one"):
        fold([*Facts(boots=1).events, *Facts(boots=2).events])


def test_a_retracted_event_is_no_evidence() -> None:
    facts = Facts()
    [boot] = facts.boots("a", "x")
    retraction = facts.retract(boot)
    state = facts.state()
    assert state.of(oid("a")).boots == ()
    assert state.retracted == {boot.id: retraction}
    assert boot in state.events


def test_a_retracted_retraction_lets_the_event_stand_again() -> None:
    facts = Facts()
    [boot] = facts.boots("a", "x")
    first = facts.retract(boot)
    second = facts.retract(first)
    state = facts.state()
    assert state.of(oid("a")).boots == (boot,)
    assert state.retracted == {first.id: second}


def test_the_start_cannot_be_retracted() -> None:
    facts = Facts()
    facts.retract(facts.events[0])
    assert facts.state().retracted == {}


def test_a_retraction_reaches_only_what_came_before_it() -> None:
    facts = Facts()
    [boot] = facts.boots("a", "x")
    early = event(facts.events, [facts.events[0]], "a", Retract((boot.id,), "before it"))
    state = fold([*facts.events, early])
    assert state is not None
    assert (early.order < boot.order) == (boot.id not in state.retracted)


@pytest.mark.parametrize("words", [("good", "bad"), ("bad", "skip")])
def test_of_two_words_of_people_the_later_one_stands(
    words: tuple[Literal["good", "bad", "skip"], ...],
) -> None:
    facts = Facts()
    said = [facts.override("a", word) for word in words]
    assert facts.state().of(oid("a")).override == said[-1]
    facts.retract(said[-1])
    assert facts.state().of(oid("a")).override == said[0]


def test_of_two_words_on_one_title_the_later_one_stands() -> None:
    facts = Facts()
    yes = facts.add("bad", Alias("WARNING at mm/a.c:12", True, "alike"))
    no = facts.add("bad", Alias("WARNING at mm/a.c:LINE", False, "no, it is not"))
    assert facts.state().aliases == {"WARNING at mm/a.c:LINE": no}
    facts.retract(no)
    assert facts.state().aliases == {"WARNING at mm/a.c:LINE": yes}
    facts.retract(yes)
    assert facts.state().aliases == {}


def test_revisions_with_the_same_kernel_share_their_boots() -> None:
    facts = Facts()
    facts.build("a", kernel="same")
    facts.build("b", kernel="same")
    facts.build("c", kernel="other")
    boots = [*facts.boots("a", "ok"), *facts.boots("b", "x")]
    facts.boots("c", "ok")
    state = facts.state()
    assert list(state.shared(oid("a")).boots) == list(state.shared(oid("b")).boots) == boots
    assert state.of(oid("a")).boots == (boots[0],)
    assert len(state.shared(oid("c")).boots) == 1
    assert state.shared(oid("never touched")).boots == ()


def test_revisions_with_the_same_tree_share_builds_and_boots_whatever_their_signatures() -> None:
    facts = Facts()
    facts.build("merge", tree="one")
    facts.build("side", tree="one")
    boots = [*facts.boots("merge", "x", "ok"), *facts.boots("side", "ok")]
    state = facts.state()
    for name in ("merge", "side"):
        assert list(state.shared(oid(name)).boots) == boots
        assert len(state.shared(oid(name)).builds) == 2
    assert len(state.of(oid("side")).builds) == 1


def test_a_build_taken_back_shares_nothing() -> None:
    facts = Facts()
    mistaken = facts.build("a", tree="one")
    facts.build("b", tree="one")
    facts.boots("a", "x")
    assert len(facts.state().shared(oid("b")).boots) == 1
    facts.retract(mistaken)
    assert facts.state().shared(oid("b")).boots == ()


def test_the_repository_adds_the_trees_that_no_build_recorded() -> None:
    facts = Facts()
    facts.tested("a", "ok")
    trees = Trees.read([(oid("a"), oid("one")), (oid("never built"), oid("one")), (oid("c"), oid("two"))])
    plain, state = facts.state(), facts.state().with_trees(trees)
    assert plain.shared(oid("never built")).boots == ()
    assert len(state.shared(oid("never built")).boots) == 1
    assert state.evidence == plain.evidence
    assert state.weighed == tuple(sorted([oid("a"), oid("never built")]))
    assert state.with_trees(trees) == state


def test_the_terms_are_those_of_the_start() -> None:
    state = Facts(policy="git/1", boots=7).state()
    assert isinstance(state.terms, Start)
    assert (state.terms.boots, state.bad, state.id) == (7, oid("bad"), state.start.id)
