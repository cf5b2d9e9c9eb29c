"""The door to the facts: what append promises, what it refuses, and what reading again costs."""

from pathlib import Path
from typing import Any

import pytest

from kbis.errors import IntegrityError, UserError
from kbis.log import reader, store
from kbis.log.attachments import Content
from kbis.log.blobs import MAX_ATTACHMENT_BYTES
from kbis.log.event import Attachment
from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot, Build, Conclude, Override, Start
from kbis.log.line import SignedEvent, parse_line
from tests.log.trees import ONE, at, plant, publish
from tests.log.world import ANN, BOB, NOTES, a_commit, git, ids_counted, make_repository, open_log, started


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    return make_repository(tmp_path)


@pytest.fixture
def log(tmp_path: Path, root: bytes) -> EventLog:
    return open_log(tmp_path)


def test_facts_recorded_together_follow_one_another(log: EventLog, root: bytes) -> None:
    drafts = [Draft(root, Start("git/1", 2, ())), *(Draft(a_commit(n), Boot("ok")) for n in range(3))]
    events = log.append(root, b"", [], drafts)
    assert [event.lamport for event in events] == [1, 2, 3, 4]
    assert [event.parents for event in events[1:]] == [(event.id,) for event in events[:-1]]
    assert {event.search for event in events} == {events[0].id}
    assert log.counted().bisections == {events[0].id: events}
    assert git(log.repository.directory, "rev-list", "--count", NOTES) == "1\n"


def test_an_event_follows_all_that_its_writer_knew(log: EventLog, root: bytes) -> None:
    start = started(log, root)
    branches = [log.append(root, start.id, [start], [Draft(a_commit(n), Boot("ok"))])[0] for n in range(3)]
    [joined] = log.append(root, start.id, [*branches, branches[0]], [Draft(root, Boot("ok"))])
    assert joined.parents == tuple(sorted(event.id for event in branches))
    assert joined.lamport == 3
    assert ids_counted(log) == {start.id, joined.id, *(event.id for event in branches)}


def test_of_very_many_heads_the_sixteen_newest_are_followed(log: EventLog, root: bytes) -> None:
    start = started(log, root)
    chain = [start]
    for n in range(20):
        chain += log.append(root, start.id, [chain[-1]], [Draft(a_commit(n), Boot("ok"))])
    [joined] = log.append(root, start.id, chain, [Draft(root, Boot("ok"))])
    assert set(joined.parents) == {event.id for event in chain[-16:]}
    assert joined.id in ids_counted(log)


def test_attachments_are_found_again_byte_for_byte(log: EventLog, root: bytes) -> None:
    contents = (
        Content("config", b"CONFIG_KASAN=y\n"),
        Content("console", b"\0\xff\n\n\r\n"),
        Content("empty", b""),
    )
    [event] = log.append(root, b"", [], [Draft(root, Start("git/1", 1, ()), contents)])
    again = open_log(log.repository.directory)
    assert [each.type for each in event.attachments] == ["config", "console", "empty"]
    assert [again.content(each) for each in event.attachments] == [each.data for each in contents]


def test_an_attachment_that_is_not_what_was_signed_is_damage(log: EventLog, root: bytes) -> None:
    [event] = log.append(root, b"", [], [Draft(root, Start("git/1", 1, ()), (Content("config", b"x"),))])
    [true] = event.attachments
    other = log.repository.git.create_blob(b"y").raw
    with pytest.raises(IntegrityError, match="not what its event signed"):
        log.content(Attachment(other, true.sha256, true.length, true.type))
    with pytest.raises(IntegrityError, match="not what its event signed"):
        log.content(Attachment(true.oid, true.sha256, 2, true.type))
    with pytest.raises(IntegrityError, match="is not here"):
        log.content(Attachment(bytes(20), true.sha256, true.length, true.type))


def test_an_attachment_over_the_limit_is_refused_before_anything_is_written(
    log: EventLog, root: bytes
) -> None:
    content = Content("console", bytes(MAX_ATTACHMENT_BYTES + 1))
    with pytest.raises(UserError, match=f"{MAX_ATTACHMENT_BYTES + 1} bytes"):
        log.append(root, b"", [], [Draft(root, Start("git/1", 1, ()), (content,))])
    assert git(log.repository.directory, "for-each-ref", "refs/notes", "refs/kbis") == ""


WRONG: list[tuple[Any, str]] = [
    (Boot("crash", title="x" * 257), "title"),
    (Boot("crash", title="\udce9 not UTF-8"), "surrogate"),
    (Boot("crash", frames=("f",) * 33), "frames"),
    (Build("ok", "gcc", bytes(7)), "signature"),
    (Build("ok", "gcc", duration_ns=-1), "duration_ns"),
    (Override("bad", "x" * 2001), "reason"),
    (Conclude("range", "git/1", (), "", recipients=("\U0001f600" * 200,) * 64), "over the limit"),
]


@pytest.mark.parametrize(("data", "why"), WRONG)
def test_what_no_reader_would_take_is_not_acknowledged(
    log: EventLog, root: bytes, data: Any, why: str
) -> None:
    start = started(log, root)
    with pytest.raises(UserError, match=why) as caught:
        log.append(root, start.id, [start], [Draft(root, data)])
    assert "docs/format.md" in caught.value.hint
    assert ids_counted(log) == {start.id}


def test_a_long_event_within_the_limits_counts(log: EventLog, root: bytes) -> None:
    start = started(log, root)
    long = Boot("crash", frames=("\U0001f600" * 128,) * 32, error="x" * 500)
    [event] = log.append(root, start.id, [start], [Draft(root, long)])
    assert event.id in ids_counted(log)


def test_an_event_of_no_bisection_is_refused(log: EventLog, root: bytes) -> None:
    with pytest.raises(UserError, match="start event"):
        log.append(root, b"", [], [Draft(root, Boot("ok"))])


def test_without_a_key_nothing_is_appended(tmp_path: Path, root: bytes) -> None:
    with pytest.raises(UserError, match="no key") as caught:
        started(open_log(tmp_path, None), root)
    assert "kbis key" in caught.value.hint


def test_a_note_that_is_full_is_named(log: EventLog, root: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    start = started(log, root)
    monkeypatch.setattr(store, "MAX_NOTE_BYTES", 1000)
    drafts = [Draft(root, Boot("ok"))] * 3
    with pytest.raises(UserError, match=f"note of {root.hex()} would grow over 1000 bytes"):
        log.append(root, start.id, [start], drafts)
    assert start.id in ids_counted(open_log(log.repository.directory))


def test_the_line_of_an_event_is_found(log: EventLog, root: bytes) -> None:
    start = started(log, root)
    assert log.line(start) is None
    log.counted()
    line = log.line(start)
    assert line is not None
    assert parse_line(line).event == start


def test_lines_are_verified_once(log: EventLog, root: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def counting(line: bytes) -> SignedEvent:
        parsed.append(line)
        return parse_line(line)

    monkeypatch.setattr(reader, "parse_line", counting)
    start = started(log, root)
    log.append(root, start.id, [start], [Draft(root, Boot("ok"))])
    assert len(log.counted().bisections[start.id]) == 2
    log.append(root, start.id, [start], [Draft(root, Boot("ok"))])
    assert len(log.counted().bisections[start.id]) == 3
    assert len(log.counted().bisections[start.id]) == 3
    assert len(parsed) == 3


def test_reading_bit_by_bit_ends_where_reading_at_once_does(
    tmp_path: Path, log: EventLog, root: bytes
) -> None:
    start = started(log, root)
    other = open_log(tmp_path, BOB)
    for n in range(12):
        (log if n % 3 else other).append(root, start.id, [start], [Draft(a_commit(n % 4), Boot("ok"))])
        if n % 4 == 0:
            git(tmp_path, "notes", "--ref=kbis", "append", "-m", f"Tested-by: {n}", "main")
        log.counted()
    assert log.counted() == open_log(tmp_path).counted()


def test_the_clock_is_shown_and_orders_nothing(tmp_path: Path, log: EventLog, root: bytes) -> None:
    start = started(log, root)
    backwards = EventLog(log.repository, log.trust, ANN, clock=lambda: 1)
    [event] = backwards.append(root, start.id, [start], [Draft(root, Boot("ok"))])
    assert event.time == 1
    assert [each.id for each in log.counted().bisections[start.id]] == [start.id, event.id]


def test_another_notes_ref_can_be_published(log: EventLog, root: bytes) -> None:
    named = EventLog(log.repository, log.trust, ANN, notes_ref="refs/notes/kbis-team")
    start = started(named, root)
    assert git(log.repository.directory, "notes", "--ref=kbis-team", "list").endswith(
        f"{start.object.hex()}\n"
    )


def test_a_note_that_lies_about_its_name_is_not_read_as_an_attachment(log: EventLog, root: bytes) -> None:
    [event] = log.append(root, b"", [], [Draft(root, Start("git/1", 1, ()), (Content("config", b"true\n"),))])
    name = event.attachments[0].oid.hex()
    repo = log.repository.git
    publish(repo, NOTES, plant(repo, {at(name, ONE): (repo.create_blob(b"a lie\n"), 0o100644)}))
    again = open_log(log.repository.directory)
    assert ids_counted(again) == {event.id}
    assert again.content(event.attachments[0]) == b"true\n"
    assert git(log.repository.directory, "notes", "--ref=kbis", "show", name) == "true\n"
