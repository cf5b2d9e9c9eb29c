from pathlib import Path

import pytest

from kbis.errors import InfraError, UserError
from kbis.kernel.userland.busybox import busybox
from kbis.kernel.userland.parts import Userland
from tests.kernel.userland.programs import compiled, for_machine


@pytest.fixture
def only_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one directory on PATH, empty."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


def installed(directory: Path, program: bytes) -> None:
    (directory / "busybox").write_bytes(program)
    (directory / "busybox").chmod(0o755)


def test_the_machines_own_static_busybox_is_taken(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    program = compiled(tmp_path, "-static")
    installed(request.getfixturevalue("only_path"), program)
    assert busybox(Userland(), "It") == program


def test_without_a_busybox_the_package_is_named(only_path: Path) -> None:
    assert not list(only_path.iterdir())
    with pytest.raises(InfraError, match=r"^repro\.sh needs a shell, and there is no busybox\.$") as told:
        busybox(Userland(), "repro.sh")
    assert "busybox" in told.value.hint
    assert "[guest] busybox" in told.value.hint


def test_a_busybox_of_the_machine_that_is_not_static_is_told(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    program = compiled(tmp_path)
    installed(request.getfixturevalue("only_path"), program)
    with pytest.raises(
        InfraError, match=r"needs a static busybox, and .*busybox is not static: it needs /lib"
    ):
        busybox(Userland(), "repro.sh")


def test_the_machines_busybox_does_not_do_for_another_architecture(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    program = compiled(tmp_path, "-static")
    installed(request.getfixturevalue("only_path"), program)
    with pytest.raises(InfraError, match="busybox is for another machine"):
        busybox(Userland(arch="arm64"), "repro.sh")
    named = tmp_path / "for-arm64"
    named.write_bytes(for_machine(program, 183))
    assert busybox(Userland(arch="arm64", busybox=named), "repro.sh") == named.read_bytes()


def test_a_named_busybox_that_would_not_run_is_the_users_error(tmp_path: Path) -> None:
    named = tmp_path / "bb"
    with pytest.raises(UserError, match="bb cannot be read: No such file"):
        busybox(Userland(busybox=named), "It")
    named.write_bytes(b"#!/bin/sh\n")
    with pytest.raises(UserError, match="bb is not an ELF program"):
        busybox(Userland(busybox=named), "It")
