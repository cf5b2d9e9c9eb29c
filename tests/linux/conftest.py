"""The test of real Linux takes minutes, so it runs where it is asked for: `make test-linux`."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "linux" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("linux"):
            item.add_marker(pytest.mark.skip(reason="real Linux is built and booted by make test-linux"))
