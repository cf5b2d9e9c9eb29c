"""A build that was cut off leaves nothing that the next one would take for made."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbis.kernel import interrupted
from kbis.kernel.build import build
from kbis.kernel.recipe import BuildRecipe
from kbis.kernel.slot import Slot, take_slot
from tests.kernel.repository import Repository

BEGAN_NS = 2_000 * 10**9

MAKEFILE = """
.DELETE_ON_ERROR:
kernel: part.o
\tcp part.o kernel
part.o: $(KBIS_SOURCE)/part.c
\tprintf half > part.o; test ! -e $(KBIS_SOURCE)/../slow || sleep 100; printf ' and half' >> part.o
"""


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[tuple[Slot, str]]:
    repository = Repository(tmp_path / "repository")
    revision = repository.commit({"Makefile": MAKEFILE, "part.c": ""})
    with take_slot(tmp_path / "work", repository.git_dir) as taken:
        yield taken, revision


def recipe(timeout_s: int) -> BuildRecipe:
    return BuildRecipe('make -f "$KBIS_SOURCE"/Makefile', "kernel", timeout_s=timeout_s)


def test_half_an_object_is_not_taken_for_a_whole_one(slot: tuple[Slot, str]) -> None:
    place, revision = slot
    (place.directory / "slow").touch()
    assert build(recipe(2), place, revision).outcome == "infra"
    assert (place.build / "part.o").read_text() == "half", "what make would take for made"
    (place.directory / "slow").unlink()
    made = build(recipe(20), place, revision)
    assert made.outcome == "ok"
    assert made.image is not None
    assert made.image.read_text() == "half and half"


def test_a_build_that_ended_by_itself_keeps_its_directory(slot: tuple[Slot, str]) -> None:
    place, revision = slot
    first = build(recipe(20), place, revision)
    stamp = (place.build / "part.o").stat().st_mtime_ns
    second = build(recipe(20), place, revision)
    assert first.signature == second.signature
    assert (place.build / "part.o").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("name", "made_s", "command_s", "stays"),
    [
        ("fork.o", 2_100, 2_101, True),
        ("fork.o", 2_100, 2_100, True),
        ("fork.o", 2_100, 1_500, False),
        ("fork.o", 2_100, None, False),
        ("fork.o", 1_400, 1_500, True),
        ("fork.o", 1_600, 1_500, True),
        ("built-in.a", 2_100, 1_500, False),
        ("fixdep", 2_100, 1_500, False),
        ("fixdep", 2_100, 2_101, True),
        ("autoconf.h", 2_100, None, True),
    ],
    ids=str,
)
def test_of_a_kbuild_directory_only_what_was_not_finished_goes(
    tmp_path: Path, name: str, made_s: int, command_s: int | None, stays: bool
) -> None:
    (tmp_path / interrupted.KBUILD).parent.mkdir(parents=True)
    (tmp_path / interrupted.KBUILD).touch()
    (tmp_path / "kernel").mkdir()
    file, command = tmp_path / "kernel" / name, tmp_path / "kernel" / f".{name}.cmd"
    os.utime(tmp_path / interrupted.KBUILD, (2_000, 2_000))
    file.touch()
    os.utime(file, (made_s, made_s))
    if command_s is not None:
        command.touch()
        os.utime(command, (command_s, command_s))
    interrupted.mend(tmp_path, BEGAN_NS)
    assert file.exists() is stays


def test_an_archive_without_a_command_stays_when_much_was_made_after_it(tmp_path: Path) -> None:
    """As libsubcmd.a of objtool: without it objtool is made anew, and all objects with that."""
    (tmp_path / interrupted.KBUILD).parent.mkdir(parents=True)
    (tmp_path / interrupted.KBUILD).touch()
    for name, at_s in (("libsubcmd.a", 2_100), ("half.a", 2_199), ("last", 2_200)):
        (tmp_path / name).write_text("content")
        os.utime(tmp_path / name, (at_s, at_s))
    os.utime(tmp_path / interrupted.KBUILD, (2_000, 2_000))
    interrupted.mend(tmp_path, BEGAN_NS)
    assert (tmp_path / "libsubcmd.a").exists()
    assert not (tmp_path / "half.a").exists()
