from pathlib import Path

import pytest

from kbis.kernel import doctor


def program(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_everything_the_lab_needs_is_looked_at(tmp_path: Path) -> None:
    findings = doctor.examine(tmp_path / "work", tmp_path / "accel.json")
    subjects = ["python", "git", "make", "compiler", "linker", "linux", "qemu", "kvm", "disk"]
    assert [finding.subject for finding in findings] == subjects
    assert all(finding.sentence.endswith(".") for finding in findings)
    # The suite builds and boots, so nothing that is required is missing where it runs.
    assert [finding for finding in findings if finding.required and not finding.ok] == []


@pytest.mark.parametrize(
    ("name", "subject", "package"),
    [
        ("git", "git", "git"),
        ("make", "make", "make"),
        ("ld", "linker", "binutils"),
        ("gcc", "compiler", "gcc"),
    ],
)
def test_a_missing_tool_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, subject: str, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {f.subject: f for f in doctor.examine(tmp_path, tmp_path / "accel.json")}[subject]
    assert not found.ok
    assert found.sentence == f"{name} is not installed or not on PATH."
    assert found.hint == f"Install the package {package}: sudo apt-get install {package}"


def test_a_missing_emulator_is_named_and_does_not_stop_the_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {f.subject: f for f in doctor.examine(tmp_path, tmp_path / "accel.json")}
    assert "sudo apt-get install qemu-system-x86" in found["qemu"].hint
    assert not found["kvm"].ok
    assert found["disk"].sentence


@pytest.mark.parametrize(
    ("said", "ok"),
    [
        ("git version 2.39.5", True),
        ("git version 2.34.1", True),
        ("git version 2.33.8", False),
        ("git version 2.50.GIT", True),
        ("git version 3.0.0-rc1", True),
        ("nonsense", False),
    ],
)
def test_an_old_version_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, ok: bool) -> None:
    program(tmp_path, "git", f"echo '{said}'")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = doctor.versioned("git", "git", doctor.GIT_LEAST)
    assert found.ok == ok
    assert found.hint == ("" if ok else "Version 2.34 or newer is needed.")


def test_a_compiler_without_32_bit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'case " $* " in *" -m32 "*) echo "cc1: error: no 32-bit here" >&2; exit 1;; esac; echo "cc 1.0"'
    program(tmp_path, "gcc", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = doctor.compiler()
    assert not found.ok
    assert found.sentence == "gcc cannot make a 32-bit program: cc1: error: no 32-bit here."


def test_a_tool_that_does_not_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "make", "exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = doctor.versioned("make", "make", doctor.MAKE_LEAST)
    assert (found.ok, found.sentence) == (False, "make does not run (exit status 3).")


def test_a_disk_with_little_space_is_said(tmp_path: Path) -> None:
    found = doctor.disk(tmp_path / "not" / "yet", wanted_bytes=2**70)
    assert (found.ok, found.required) == (False, False)
    assert "GiB" in found.hint
    assert doctor.disk(tmp_path, wanted_bytes=0).ok
