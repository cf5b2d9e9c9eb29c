"""What an append makes: few objects are loose, many are one pack, and git finds both sound."""

import hashlib
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import ObjectType

from kbis.log import packfile, writing
from kbis.log.attachments import Content
from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot
from kbis.log.packfile import make_pack
from kbis.log.writing import LOOSE_MOST
from tests.log.world import LOG, NOTES, a_commit, git, ids_counted, make_repository, open_log, started

SIZES = [0, 1, 15, 16, 2047, 2048, 100_000]
"""The size of an object takes one byte of a pack up to 15, two up to 2047, then three."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make_repository(tmp_path / "repo")
    return tmp_path / "repo"


@pytest.fixture
def log(path: Path) -> EventLog:
    log = open_log(path)
    started(log, bytes.fromhex(git(path, "rev-parse", "main").strip()))
    return log


def append(log: EventLog, count: int, contents: tuple[Content, ...] = ()) -> set[bytes]:
    [(start, *_)] = log.counted().bisections.values()
    drafts = [Draft(a_commit(number), Boot("ok"), contents) for number in range(count)]
    return {event.id for event in log.append(start.repository, start.id, [start], drafts)}


def loose(path: Path) -> int:
    return len(list((path / ".git/objects").glob("??/*")))


def packs(path: Path, kind: str = "pack") -> list[Path]:
    return list((path / ".git/objects/pack").glob(f"*.{kind}"))


def test_one_event_is_four_loose_objects(path: Path, log: EventLog) -> None:
    """The note, its directory, the tree and the commit."""
    before = loose(path)
    append(log, 1)
    assert loose(path) - before == 4
    assert packs(path) == []


def test_events_recorded_together_share_directories_tree_and_commit(path: Path, log: EventLog) -> None:
    before = loose(path)
    append(log, 30)
    directories = len({a_commit(number)[:1] for number in range(30)})
    assert loose(path) - before == 30 + directories + 2


def test_many_events_are_one_pack(path: Path, log: EventLog) -> None:
    before, known = loose(path), ids_counted(log)
    made = append(log, 200, (Content("console", bytes(range(256)) * 1000),))
    assert loose(path) == before
    assert (len(packs(path)), len(packs(path, "idx")), packs(path, "keep")) == (1, 1, [])
    assert ids_counted(open_log(path)) == made | known
    git(path, "verify-pack", str(packs(path, "idx")[0]))
    git(path, "fsck", "--strict", "--no-dangling")
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


@pytest.mark.parametrize("prune", [["gc", "-q", "--prune=now"], ["repack", "-a", "-d", "-q"]])
def test_a_pack_is_kept_from_a_gc_until_the_ref_has_moved(
    prune: list[str], path: Path, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = writing.ObjectWriter._pack

    def pack_then_prune(writer: writing.ObjectWriter, pack: packfile.Pack) -> Path:
        kept = given(writer, pack)
        git(path, *prune)
        return kept

    monkeypatch.setattr(writing.ObjectWriter, "_pack", pack_then_prune)
    made = append(log, LOOSE_MOST)
    monkeypatch.undo()
    assert made < ids_counted(open_log(path))
    git(path, "gc", "-q", "--prune=now")
    assert made < ids_counted(open_log(path))
    assert (len(packs(path)), packs(path, "keep")) == (1, [])


def test_what_keeps_a_pack_of_a_killed_writer_is_removed_by_the_next_one(path: Path, log: EventLog) -> None:
    append(log, LOOSE_MOST)
    left = packs(path)[0].with_suffix(".keep")
    left.write_bytes(writing._KEPT)
    fetched = packs(path)[0].with_name("pack-other.keep")
    fetched.write_text("fetch-pack 123 on host\n")
    append(log, LOOSE_MOST + 1)
    assert packs(path, "keep") == [fetched]


def test_git_reads_packs_of_objects_of_every_size_and_kind(path: Path) -> None:
    repo = pygit2.Repository(str(path))
    contents = [bytes([size % 251]) * size for size in SIZES]
    made = {oid_of(b"blob", data): (ObjectType.BLOB, data) for data in contents}
    for kind, name in ((ObjectType.TREE, "main^{tree}"), (ObjectType.COMMIT, "main")):
        found = repo.revparse_single(name)
        made[found.id] = (kind, found.read_raw())
    pack = make_pack(made)
    for suffix, content in (("pack", pack.content), ("idx", pack.index)):
        (path / ".git/objects/pack" / f"{pack.name}.{suffix}").write_bytes(content)
    listed = git(path, "verify-pack", "-v", f".git/objects/pack/{pack.name}.idx")
    assert {line.split()[0] for line in listed.splitlines() if len(line.split()) == 5} == {
        str(oid) for oid in made
    }
    # git's own index of the same pack is the same, byte for byte.
    git(path, "index-pack", "-o", "again.idx", f".git/objects/pack/{pack.name}.pack")
    assert (path / "again.idx").read_bytes() == pack.index


def test_a_pack_too_long_for_its_index_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packfile, "MOST_BYTES", 50)
    data = bytes(range(256))
    with pytest.raises(ValueError, match="over the limit"):
        make_pack({oid_of(b"blob", data): (ObjectType.BLOB, data)})


def oid_of(kind: bytes, data: bytes) -> pygit2.Oid:
    return pygit2.Oid(raw=hashlib.sha1(b"%s %d\0%s" % (kind, len(data), data)).digest())
