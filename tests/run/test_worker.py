"""What a worker is called: by its clone, and a copy of a clone is another one."""

import shutil
from pathlib import Path

import pytest

from kbis.run.session import open_session
from kbis.run.worker import CLONE, worker_name
from tests.run.wheel import git


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "clone")
    return tmp_path / "clone"


def named(clone: Path, told: list[str] | None = None, machine_id: Path = Path("/etc/machine-id")) -> str:
    session = open_session(clone, write=False, tell=print)
    return worker_name(session, 0, [].append if told is None else told.append, machine_id)


def test_a_clone_keeps_its_name(clone: Path) -> None:
    told: list[str] = []
    first = named(clone, told)
    assert [named(clone, told) for _ in range(3)] == [first] * 3
    clone.rename(clone.with_name("moved"))
    assert named(clone.with_name("moved"), told) == first
    assert told == []


def test_a_copied_clone_gets_a_name_of_its_own_and_says_so_once(clone: Path) -> None:
    first = named(clone)
    copy = Path(shutil.copytree(clone, clone.with_name("copy")))
    told: list[str] = []
    second = named(copy, told)
    assert second != first
    assert ["is a copy of another one" in each and second in each for each in told] == [True]
    assert (named(copy, told), named(clone, told)) == (second, first)
    assert len(told) == 1


def test_the_clone_of_a_virtual_machine_is_another_worker(clone: Path, tmp_path: Path) -> None:
    ids = tmp_path / "one", tmp_path / "two"
    for each in ids:
        each.write_text(each.name)
    first, second = (named(clone, machine_id=each) for each in ids)
    assert first != second


def test_two_workers_of_one_clone_have_two_names(clone: Path) -> None:
    session = open_session(clone, write=False, tell=print)
    names = [worker_name(session, slot, print) for slot in range(2)]
    assert names[1] == f"{names[0]}:1"
    assert (clone / ".git" / CLONE).exists()
