"""The body of an event: what it must hold, what it may, and what its id is."""

import dataclasses
import hashlib
from typing import Any

import pytest

from kbis.log import canon
from kbis.log.event import MAX_LAMPORT, BadEventError, Event, NewerEventError, decode
from kbis.log.kinds import Boot, Unknown
from tests.log.examples import examples
from tests.log.world import Bisection, a_commit

EVENTS = {event.kind: event for event in examples()}


def body(kind: str = "boot") -> dict[str, Any]:
    value = canon.decode(EVENTS[kind].body)
    assert isinstance(value, dict)
    return value


def test_the_id_is_the_hash_of_a_domain_and_the_body() -> None:
    event = EVENTS["boot"]
    assert event.id == hashlib.sha256(b"kbis-event-id-v1\0" + event.body).digest()


def test_a_bisection_is_named_by_its_start_event() -> None:
    assert EVENTS["start"].search == EVENTS["start"].id == EVENTS["conclude"].search


def test_equal_facts_at_different_times_are_different_events() -> None:
    bisection = Bisection()
    first, second = bisection.start(time=1), bisection.start(time=1)
    assert first.id != second.id


@pytest.mark.parametrize("name", sorted(body()))
def test_no_key_of_the_body_may_be_missing(name: str) -> None:
    value = body()
    del value[name]
    with pytest.raises(BadEventError):
        decode(canon.encode(value))


def test_no_key_may_be_added_to_the_body() -> None:
    with pytest.raises(BadEventError, match="keys of the body"):
        decode(canon.encode(body() | {"extra": 1}))


def test_an_event_of_a_newer_version_says_so() -> None:
    for newer in (body() | {"v": 2}, {"v": 7, "all": "different"}):
        with pytest.raises(NewerEventError, match="newer kbis"):
            decode(canon.encode(newer))


@pytest.mark.parametrize("version", [0, -1, True, "1", None])
def test_a_version_that_never_was_is_refused(version: Any) -> None:
    with pytest.raises(BadEventError):
        decode(canon.encode(body() | {"v": version}))


def test_fields_that_a_newer_kbis_added_to_a_kind_are_kept_in_the_body() -> None:
    value = body()
    value["data"] |= {"temperature": 61}
    event = decode(canon.encode(value))
    assert isinstance(event.data, Boot)
    assert event.body == canon.encode(value)


def test_an_unknown_kind_is_kept_as_it_came() -> None:
    event = decode(EVENTS["future"].body)
    assert event.kind == "future"
    assert isinstance(event.data, Unknown)
    rebuilt = Event(
        **{each.name: getattr(event, each.name) for each in dataclasses.fields(event) if each.compare}
    )
    assert rebuilt.body == event.body
    assert len({event, rebuilt}) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "Boot"},
        {"kind": ""},
        {"kind": "a" * 21},
        {"repository": bytes(19)},
        {"repository": "0" * 20},
        {"bisection": b""},
        {"bisection": bytes(31)},
        {"object": b""},
        {"key": bytes(33)},
        {"nonce": bytes(7)},
        {"lamport": 0},
        {"lamport": MAX_LAMPORT + 1},
        {"lamport": True},
        {"time": -1},
        {"parents": [bytes(32), bytes(32)]},
        {"parents": [b"\1" * 32, b"\0" * 32]},
        {"parents": [bytes([n] * 32) for n in range(17)]},
        {"parents": b""},
        {"data": []},
        {"data": None},
        {"data": {"outcome": "crash", "title": None}},
        {"attachments": None},
        {"attachments": [{}]},
        {"attachments": [{"oid": bytes(20), "sha256": bytes(32), "length": 1, "type": "x"}] * 17},
        {"attachments": [{"oid": bytes(20), "sha256": bytes(32), "length": -1, "type": "x"}]},
        {"attachments": [{"oid": bytes(20), "sha256": bytes(32), "length": 1, "type": "../x"}]},
    ],
)
def test_a_body_with_a_wrong_field_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadEventError):
        decode(canon.encode(body() | wrong))


@pytest.mark.parametrize("wrong", [{"bisection": bytes(32)}, {"parents": [bytes(32)]}, {"lamport": 2}])
def test_a_start_event_follows_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadEventError, match="start event"):
        decode(canon.encode(body("start") | wrong))


@pytest.mark.parametrize("value", [None, True, 1, "v", b"v", []])
def test_a_body_that_is_no_map_is_refused(value: Any) -> None:
    with pytest.raises(BadEventError):
        decode(canon.encode(value))


def test_the_object_of_an_event_need_not_be_in_any_repository() -> None:
    assert decode(Bisection().start(object=a_commit(12345)).body).object == a_commit(12345)
