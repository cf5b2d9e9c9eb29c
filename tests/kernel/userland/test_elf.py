from pathlib import Path

import pytest

from kbis.kernel.userland import elf
from kbis.kernel.userland.parts import ELF_MACHINES
from tests.kernel.userland.programs import compiled, for_machine


def test_a_static_program_asks_for_no_interpreter(tmp_path: Path) -> None:
    header = elf.read(compiled(tmp_path, "-static"))
    assert header is not None
    assert header.is_program
    assert header.interpreter is None


def test_a_dynamic_program_names_its_interpreter(tmp_path: Path) -> None:
    header = elf.read(compiled(tmp_path))
    assert header is not None
    assert header.interpreter is not None
    assert header.interpreter.startswith("/lib")


def test_an_object_file_is_no_program(tmp_path: Path) -> None:
    header = elf.read(compiled(tmp_path, "-c"))
    assert header is not None
    assert not header.is_program


def test_the_machine_is_read(tmp_path: Path) -> None:
    program = compiled(tmp_path, "-static")
    header = elf.read(for_machine(program, ELF_MACHINES["arm64"][0]))
    assert header is not None
    assert header.machine == 183


@pytest.mark.parametrize("length", [4, 5, 17, 40, 63, 64, 100])
def test_a_cut_file_is_none_or_what_is_left_of_it(tmp_path: Path, length: int) -> None:
    assert elf.read(compiled(tmp_path, "-static")[:length]) is None


def test_what_is_no_elf_file_is_none() -> None:
    assert elf.read(b"#!/bin/sh\n") is None
