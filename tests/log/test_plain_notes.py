"""A directory of notes alone is read in its raw rows, and only what really is one."""

from pathlib import Path

import pygit2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pygit2.enums import FileMode, ObjectType

from kbis.log.blobs import MissingObjectError
from kbis.log.difference import compare, fresh_objects
from kbis.log.notes import entries, plain_notes, write_tree
from tests.log.trees import raw_tree
from tests.log.world import a_commit, make_repository

NAMES = sorted(a_commit(number).hex()[2:] for number in range(5))


@pytest.fixture
def repo(tmp_path: Path) -> pygit2.Repository:
    make_repository(tmp_path)
    return pygit2.Repository(str(tmp_path))


def rows(
    repo: pygit2.Repository, *changed: tuple[bytes, pygit2.Oid, int]
) -> list[tuple[bytes, pygit2.Oid, int]]:
    blob = repo.create_blob(b"x\n")
    return [*((name.encode(), blob, FileMode.BLOB) for name in NAMES), *changed]


def test_its_names_and_blobs_are_those_of_the_tree(repo: pygit2.Repository) -> None:
    tree = raw_tree(repo, rows(repo))
    found = plain_notes(repo, tree)
    assert found is not None
    assert sorted(found.names) == [name for name, _, _ in entries(repo, tree)]
    assert set(found.blobs) == {oid for _, oid, _ in entries(repo, tree)}


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (b"00" * 18, FileMode.BLOB),
        (b"00" * 20, FileMode.BLOB),
        (b"0g" * 19, FileMode.BLOB),
        (b"0A" * 19, FileMode.BLOB),
        (b"00" * 19, FileMode.BLOB_EXECUTABLE),
        (b"00" * 19, FileMode.LINK),
        (b"00", FileMode.TREE),
        (b"file", FileMode.BLOB),
        (NAMES[2].encode(), FileMode.BLOB),
    ],
)
def test_one_entry_of_another_kind_and_it_is_not_plain(
    repo: pygit2.Repository, name: bytes, mode: int
) -> None:
    assert plain_notes(repo, raw_tree(repo, rows(repo, (name, repo.create_blob(b"y\n"), mode)))) is None


def test_rows_out_of_order_are_not_plain(repo: pygit2.Repository) -> None:
    blob = repo.create_blob(b"x\n").raw
    raw = b"".join(b"100644 %s\0%s" % (name.encode(), blob) for name in reversed(NAMES))
    tree = pygit2.Oid(hex=str(repo.write(ObjectType.TREE, raw)))
    assert plain_notes(repo, tree) is None


def test_what_is_no_tree_is_not_plain_and_what_is_not_here_is_missed(repo: pygit2.Repository) -> None:
    assert plain_notes(repo, repo.create_blob(b"100644 ")) is None
    with pytest.raises(MissingObjectError):
        plain_notes(repo, pygit2.Oid(raw=b"\7" * 20))


held = st.dictionaries(
    st.integers(0, 30).map(lambda number: "ab" + a_commit(number).hex()[2:]), st.binary(max_size=3)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held, held)
def test_what_differs_is_what_the_entries_say(
    repo: pygit2.Repository, one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    blobs = [{note: repo.create_blob(text) for note, text in side.items()} for side in (one, other)]
    trees = [write_tree(repo, None, side) for side in blobs]
    differing = {note for note in one.keys() | other.keys() if one.get(note) != other.get(note)}
    assert compare(repo, *trees).notes == differing
    assert compare(repo, *trees).strangers == {}
    fresh = {blobs[1][note] for note in differing & other.keys()}
    assert (
        fresh
        <= set(fresh_objects(repo, *trees))
        <= fresh | {trees[1]} | {oid for _, oid, mode in entries(repo, trees[1]) if mode == FileMode.TREE}
    )
