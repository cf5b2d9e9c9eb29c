"""What every test gets: a world without the user in it, and the folder of real logs and graphs."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pygit2
import pytest
from pygit2.enums import ConfigLevel

# A slow moment of the machine is no failure, so hypothesis measures no time here.
hypothesis.settings.register_profile(
    "kbis",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("kbis")

# What a user, a git hook, a `make` above us or a CI service may have set, and a test must not see.
FOREIGN_PREFIXES = ("GIT_", "KBIS_", "KBUILD_", "XDG_")
FOREIGN_NAMES = (
    *("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARCH", "CROSS_COMPILE", "SOURCE_DATE_EPOCH"),
    *("SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "EDITOR", "VISUAL", "PAGER", "LANG", "LANGUAGE"),
    *("COLUMNS", "LINES", "FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS"),
)

GIT_CONFIG = """\
[user]
    name = Ada Tester
    email = ada@example.org
[init]
    defaultBranch = main
"""


@pytest.fixture(scope="session", autouse=True)
def _world_without_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For fixtures that outlive one test; each test then gets a home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN_PREFIXES) or name in FOREIGN_NAMES:
                patch.delenv(name)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("LC_ALL", "C")
        patch.setenv("TZ", "UTC")
        time.tzset()
        # libgit2 looks for its files once, when it is loaded, and has seen the user's home by now.
        for level in (ConfigLevel.SYSTEM, ConfigLevel.PROGRAMDATA):
            pygit2.settings.search_path[level] = "/nonexistent"
        _move_into(tmp_path_factory.mktemp("home"), patch)
        yield


@pytest.fixture(autouse=True)
def home(
    _world_without_the_user: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The test's own empty home, where git knows a name and an address and nothing else."""
    path = tmp_path_factory.mktemp("home")
    _move_into(path, monkeypatch)
    return path


def _move_into(home: Path, patch: pytest.MonkeyPatch) -> None:
    (home / ".gitconfig").write_text(GIT_CONFIG)
    patch.setenv("HOME", str(home))
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    (home / "runtime").mkdir(mode=0o700)
    patch.setenv("XDG_RUNTIME_DIR", str(home / "runtime"))
    pygit2.settings.search_path[ConfigLevel.GLOBAL] = str(home)
    pygit2.settings.search_path[ConfigLevel.XDG] = str(home / "config" / "git")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout; a test that asks for it is skipped where it is absent."""
    path = Path(__file__).resolve().parents[2] / "shared"
    if not path.is_dir():
        pytest.skip("the folder ../shared with real logs and graphs is not here")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many tests were skipped, one line a reason."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        if isinstance(report.longrepr, tuple)
        else str(report.longrepr)
        for report in terminalreporter.stats.get("skipped", [])
    )
    terminalreporter.section("skipped tests")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} skipped: {reason}")
    if not reasons:
        terminalreporter.write_line("none")
