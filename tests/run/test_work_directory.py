"""Kernels are built where build systems can work: Kbuild refuses spaces and colons in its paths."""

from dataclasses import replace
from pathlib import Path

import pytest

from kbis import config as settings
from kbis.errors import UserError
from kbis.log.repository import open_repository
from kbis.run.work_directory import work_directory
from tests.run.wheel import git


@pytest.mark.parametrize("name", ["my tree", "a:b"])
def test_a_path_that_make_cannot_bear_is_not_used(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    git(tmp_path / name, "init", "-q")
    config = settings.load(tmp_path / name)
    assert not set(" :") & set(str(work_directory(open_repository(tmp_path / name), config)))


def test_else_it_lies_with_the_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    repository = open_repository(tmp_path)
    config = settings.load(tmp_path)
    assert work_directory(repository, config) == repository.directory / "kbis" / "work"
    assert work_directory(repository, replace(config, work=tmp_path / "w")) == tmp_path / "w"


def test_where_no_path_will_do_the_user_is_told(tmp_path: Path) -> None:
    (tmp_path / "my tree").mkdir()
    git(tmp_path / "my tree", "init", "-q")
    config = replace(settings.load(tmp_path), cache=tmp_path / "my cache")
    with pytest.raises(UserError, match="no space") as refused:
        work_directory(open_repository(tmp_path / "my tree"), config)
    assert "kbis.workDirectory" in refused.value.hint
