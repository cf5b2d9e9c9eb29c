"""Real programs for the tests of the userland, made by the machine's own compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest


def compiled(directory: Path, *flags: str, source: str = "int main(void) { return 0; }") -> bytes:
    """A program; the test is skipped where it cannot be made."""
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("gcc is not installed")
    (directory / "made.c").write_text(source)
    done = subprocess.run(
        [gcc, *flags, "made.c", "-o", "made"], cwd=directory, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"gcc cannot link with {' '.join(flags)} here")
    return (directory / "made").read_bytes()


def for_machine(program: bytes, machine: int) -> bytes:
    """The program with another e_machine in its header."""
    return program[:18] + machine.to_bytes(2, "little") + program[20:]
