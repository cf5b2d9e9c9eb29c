"""kbis doctor ends with the next command to type."""

import json
import shutil
from pathlib import Path

import pytest

from kbis.kernel.linux.requirements import ALWAYS
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


def test_a_linux_tree_is_looked_at_for_what_linux_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any(shutil.which(name) is None for name in ALWAYS):
        pytest.skip(f"this machine cannot build Linux: one of {', '.join(ALWAYS)} is missing")
    monkeypatch.setenv("KBIS_ACCEL", "tcg")
    line_of_commits(tmp_path, 2)
    ok(tmp_path, "key")
    for name in ("Kbuild", "Kconfig", "MAINTAINERS", "Makefile"):
        (tmp_path / name).write_text("")
    (tmp_path / "kbis.toml").unlink(missing_ok=True)
    told = json.loads(kbis(tmp_path, "doctor", "--json").out)
    assert {"linux", "headers", "libc", "busybox"} <= {each["subject"] for each in told["findings"]}
    assert "kbis start BAD GOOD --config FILE" in told["next"]
    (tmp_path / ".config").write_text("CONFIG_X=y\n")
    assert "kbis start BAD GOOD begins" in json.loads(kbis(tmp_path, "doctor", "--json").out)["next"]


def test_a_recipe_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KBIS_ACCEL", "tcg")
    line_of_commits(tmp_path, 2)
    (tmp_path / "kbis.toml").write_text("[linux\n")
    ran = kbis(tmp_path, "doctor")
    assert ran.code == 3
    assert "MISS  recipe" in ran.out
