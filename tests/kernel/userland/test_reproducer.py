from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.kernel.userland.parts import ELF_MACHINES, Compiler, Reproducer, Userland
from kbis.kernel.userland.reproducer import Prepared, needs_shell, prepare
from tests.kernel.userland.programs import compiled, for_machine

BARE = Userland()
CALLS = b"r0 = socket$inet6(0xa, 0x3, 0x8)\n"


def prepared(reproducer: Reproducer, userland: Userland = BARE, place: str = "/kbis") -> Prepared:
    return prepare(reproducer, userland, Compiler(), place)


def test_a_static_program_is_taken_as_it_is_with_its_arguments(tmp_path: Path) -> None:
    program = compiled(tmp_path, "-static")
    found = prepared(Reproducer("repro", program, args=("-n", "3")))
    assert found.command == ("/kbis/reproducer", "-n", "3")
    assert [(file.path, file.content, file.mode) for file in found.files] == [
        ("kbis/reproducer", program, 0o755)
    ]


def test_a_dynamic_program_is_refused_in_a_guest_without_its_libraries(tmp_path: Path) -> None:
    program = compiled(tmp_path)
    with pytest.raises(UserError, match=r"^repro is not static: it needs /lib") as told:
        prepared(Reproducer("repro", program))
    assert "-static" in told.value.hint
    own = Userland(disk=Path("root.img"))
    assert prepared(Reproducer("repro", program), own).files[0].content == program


def test_a_program_for_another_machine_is_refused_everywhere(tmp_path: Path) -> None:
    program = for_machine(compiled(tmp_path, "-static"), ELF_MACHINES["arm64"][0])
    for userland in (BARE, Userland(disk=Path("root.img"))):
        with pytest.raises(
            UserError, match=r"^repro is for another machine \(ELF machine 183\), not for x86_64"
        ):
            prepared(Reproducer("repro", program), userland)


def test_an_object_file_is_no_reproducer(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^repro\.o is not an ELF program\."):
        prepared(Reproducer("repro.o", compiled(tmp_path, "-c")))


def test_source_that_is_compiled_for_another_machine_is_refused() -> None:
    with pytest.raises(UserError, match="was compiled by gcc for another machine than riscv") as told:
        prepared(Reproducer("repro.c", b"int main(void) { return 0; }"), Userland(arch="riscv"))
    assert "cross_compile" in told.value.hint


@pytest.mark.parametrize("first", [b"", b"#!/bin/sh\n", b"#! /bin/sh -e\n", b"#!/usr/bin/env sh\n"])
def test_a_shell_script_is_run_by_the_guests_shell(first: bytes) -> None:
    found = prepared(Reproducer("repro.sh", first + b"echo c > /proc/sysrq-trigger\n", args=("x",)))
    assert found.command == ("/bin/sh", "/kbis/reproducer", "x")


@pytest.mark.parametrize("first", [b"#!/bin/bash", b"#!/usr/bin/env python3", b"#!/usr/bin/perl -w"])
def test_a_script_for_an_interpreter_that_the_guest_lacks_is_refused(first: bytes) -> None:
    reproducer = Reproducer("repro", first + b"\n")
    with pytest.raises(UserError, match=r"asks for .*, and the guest has only busybox's shell"):
        prepared(reproducer)
    own = Userland(initramfs=Path("own.cpio"))
    assert prepared(reproducer, own).command == ("/kbis/reproducer",)


def test_on_a_disk_the_reproducer_is_named_where_the_disk_has_it() -> None:
    found = prepared(Reproducer("repro.sh", b"true\n"), Userland(disk=Path("x")), place="/tmp/kbis")
    assert found.command == ("/bin/sh", "/tmp/kbis/reproducer")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("repro.sh", b"true\n", True),
        ("repro.c", b"int main(void) { return 0; }", False),
        ("repro.c", b'int main(void) { return system("ip link"); }', True),
        ("repro.c", b'int main(void) { return !popen ("ip link", "r"); }', True),
        ("repro.c", b"int filesystem(int x); int main(void) { return filesystem(1); }", False),
        ("repro.syz", CALLS, False),
    ],
)
def test_a_shell_is_there_for_what_needs_one(name: str, content: bytes, expected: bool) -> None:
    assert needs_shell(Reproducer(name, content)) is expected


def test_a_syzkaller_program_comes_with_the_programs_that_run_it(tmp_path: Path) -> None:
    program = compiled(tmp_path, "-static")
    execprog, executor = tmp_path / "p", tmp_path / "x"
    execprog.write_bytes(program)
    executor.write_bytes(program)
    found = prepared(Reproducer("repro.syz", CALLS, syz_execprog=execprog, syz_executor=executor))
    assert found.command[0] == "/kbis/syz-execprog"
    assert [file.path for file in found.files] == [
        "kbis/reproducer",
        "kbis/syz-execprog",
        "kbis/syz-executor",
    ]


def test_a_syzkaller_program_without_what_runs_it_is_refused() -> None:
    with pytest.raises(UserError, match=r"is a syzkaller program, and \[test\] syz_execprog is not set"):
        prepared(Reproducer("repro.syz", CALLS))


def test_a_syz_execprog_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere cannot be read: No such file") as told:
        prepared(Reproducer("repro.syz", CALLS, syz_execprog=tmp_path / "nowhere"))
    assert told.value.hint == "Mend [test] syz_execprog."
