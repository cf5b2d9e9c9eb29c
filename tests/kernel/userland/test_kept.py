import os
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.kernel.userland import kept as module
from kbis.kernel.userland.kept import KEPT, kept


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        return b"x"

    first = kept(tmp_path / "cache", "a", make)
    assert kept(tmp_path / "cache", "a", make) == first
    assert first.read_bytes() == b"x"
    assert len(made) == 1


def test_a_failure_to_make_it_leaves_nothing(tmp_path: Path) -> None:
    def fails() -> bytes:
        raise InfraError("no")

    with pytest.raises(InfraError):
        kept(tmp_path / "cache", "a", fails)
    assert not (tmp_path / "cache").exists()


def aged(directory: Path, count: int, size: int) -> None:
    for number in range(count):
        path = directory / f"old{number}"
        path.write_bytes(bytes(size))
        os.utime(path, (1000 + number, 1000 + number))


def test_only_so_many_are_kept_and_the_oldest_go_first(tmp_path: Path) -> None:
    aged(tmp_path, KEPT, 1)
    kept(tmp_path, "new", lambda: b"x")
    left = {path.name for path in tmp_path.iterdir()}
    assert len(left) == KEPT
    assert "old0" not in left
    assert {"new", "old1"} <= left


def test_only_so_many_bytes_are_kept_but_always_the_newest_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 10)
    aged(tmp_path, 8, 6)
    kept(tmp_path, "new", lambda: bytes(6))
    assert {path.name for path in tmp_path.iterdir()} == {"new", "old7", "old6", "old5"}


def test_a_place_that_cannot_be_written_is_the_labs_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InfraError, match="cannot be used"):
        kept(tmp_path / "file" / "cache", "a", lambda: b"x")
