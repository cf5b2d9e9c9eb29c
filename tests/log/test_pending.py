"""Objects that are not on the disk yet are read like any other through the handle that made them."""

from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode, ObjectType

from kbis.log.pending import Pending
from tests.log.world import git, make_repository


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make_repository(tmp_path)
    return tmp_path


def test_what_was_made_is_there_in_every_way_of_asking(path: Path) -> None:
    repo = pygit2.Repository(str(path))
    pending = Pending(repo)
    blob = repo.create_blob(b"abc")
    builder = repo.TreeBuilder()
    builder.insert("name", blob, FileMode.BLOB)
    tree = builder.write()
    who = pygit2.Signature("Ada", "ada@example.org", 0, 0)
    made = repo.create_commit(None, who, who, "message", tree, [])
    assert repo.odb.read(blob) == (ObjectType.BLOB, b"abc")
    assert repo.odb.read_header(blob) == (ObjectType.BLOB, 3)
    assert blob in repo.odb
    assert repo[made].peel(pygit2.Tree)["name"].peel(pygit2.Blob).data == b"abc"
    assert set(pending) == {blob, tree, made}
    assert not list((path / ".git/objects").glob(f"{str(blob)[:2]}/{str(blob)[2:]}"))


def test_what_is_on_the_disk_is_read_from_there_and_not_made_again(path: Path) -> None:
    there = git(path, "hash-object", "-w", "--stdin", stdin=b"abc").strip()
    repo = pygit2.Repository(str(path))
    pending = Pending(repo)
    assert str(repo.create_blob(b"abc")) == there
    assert len(pending) == 0
    assert repo.odb.read(pygit2.Oid(hex=there)) == (ObjectType.BLOB, b"abc")


def test_what_was_taken_is_gone(path: Path) -> None:
    repo = pygit2.Repository(str(path))
    pending = Pending(repo)
    blob = repo.create_blob(b"abc")
    assert pending.take() == {blob: (ObjectType.BLOB, b"abc")}
    assert pending.take() == {}
    with pytest.raises(KeyError):
        repo.odb.read(blob)
