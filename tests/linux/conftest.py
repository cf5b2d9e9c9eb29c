"""The test of real Linux takes minutes, so it runs where it is asked for: `make test-linux`."""

import os
from pathlib import Path

import pytest

from tests.linux.repository import CACHE

KERNEL = os.environ.get("KBIS_LINUX_KERNEL")
"""A bzImage or vmlinux for x86_64; read before the tests hide the user's environment from themselves."""

FETCHED = CACHE / "vmlinuz"
"""Where `.ci/fetch-kernel` puts one."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "linux" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("linux"):
            item.add_marker(pytest.mark.skip(reason="real Linux is built and booted by make test-linux"))


@pytest.fixture(scope="session")
def linux_kernel() -> Path:
    """A Linux kernel to boot: the one named, or the machine's own; the test is skipped where there is none."""
    if KERNEL is not None:
        return Path(KERNEL)
    for path in (FETCHED, *sorted(Path("/boot").glob("vmlinuz*"))):
        if os.access(path, os.R_OK):
            return path
    pytest.skip(
        "there is no Linux kernel in /boot that may be read, none was fetched, and KBIS_LINUX_KERNEL names none"
    )
