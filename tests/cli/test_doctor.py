"""kbis doctor ends with the next command to type."""

from pathlib import Path

import pytest

from tests.cli.kbis import git, kbis, ok
from tests.run.wheel import line_of_commits


def advice(directory: Path) -> str:
    return kbis(directory, "doctor").err.splitlines()[-1]


def test_it_leads_from_a_directory_to_a_bisection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KBIS_ACCEL", "tcg")
    assert "kbis demo" in advice(tmp_path)
    git(tmp_path, "init", "-q")
    assert advice(tmp_path).startswith("Next: kbis key")
    ok(tmp_path, "key")
    assert "write kbis.toml" in advice(tmp_path)
    commits = line_of_commits(tmp_path, 3)
    assert advice(tmp_path) == "Next: kbis start BAD GOOD begins a bisection."
    ok(tmp_path, "start", commits[-1], commits[0])
    assert "kbis run goes on" in advice(tmp_path)
    assert kbis(tmp_path, "doctor").code == 0


def test_what_is_missing_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "make", "gcc", "ld", "as"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tools))
    ran = kbis(tmp_path, "doctor")
    assert ran.code == 3
    assert "qemu-system-x86_64 is not installed" in ran.out
    assert "A build of Linux may want bc, bison, flex, perl, objcopy, cpio, xz" in ran.out
    assert "mend what is marked MISS" in ran.err
