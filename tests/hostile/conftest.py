"""One finished bisection for all hostile cases; each gets a copy."""

from pathlib import Path

import pytest

from tests.hostile.clone import Clone, People, finished


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People.make(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, people: People) -> Clone:
    return finished(tmp_path_factory.mktemp("original") / "clone", people)


@pytest.fixture
def clone(original: Clone, tmp_path: Path) -> Clone:
    return original.copy(tmp_path / "clone")
