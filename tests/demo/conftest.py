from pathlib import Path

import pytest

from kbis.demo.history import KERNEL
from tests.demo import toy


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy kernel as it is at the root of every history."""
    return toy.kernel(KERNEL, tmp_path_factory.mktemp("toy") / "build")
