import subprocess
from pathlib import Path

import pytest

from kbis.kernel.toolchain import IDENTITY_LIMIT, identify, tools_of


@pytest.mark.parametrize(
    ("command", "tools"),
    [
        ('make -s -C "$KBIS_SOURCE" O="$KBIS_BUILD"', ("gcc", "ld")),
        ("make CC=clang-15", ("clang-15", "ld")),
        ("CC='ccache gcc-12' make", ("ccache gcc-12", "ld")),
        (
            "make ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-",
            ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-ld"),
        ),
        ("make LLVM=1", ("clang", "ld.lld")),
        ("make LLVM=-15", ("clang-15", "ld.lld-15")),
        ("make LLVM=/opt/llvm/bin/", ("/opt/llvm/bin/clang", "/opt/llvm/bin/ld.lld")),
        ("make LLVM=1 CC=gcc LD=ld.bfd", ("gcc", "ld.bfd")),
        ("make HOSTCC=tcc # CC=none", ("gcc", "ld")),
        ("make 'unbalanced CC=tcc", ("gcc", "ld")),
    ],
)
def test_the_tools_are_those_the_command_asks_for(command: str, tools: tuple[str, str]) -> None:
    if "unbalanced" in command:
        tools = ("tcc", "ld")
    assert tools_of(command) == tools


def test_the_identity_is_what_the_tools_say(tmp_path: Path) -> None:
    def first_line(tool: str) -> str:
        return subprocess.run(
            [tool, "--version"], capture_output=True, text=True, check=True
        ).stdout.splitlines()[0]

    assert identify("make", tmp_path) == f"{first_line('gcc')}; {first_line('ld')}"


def test_a_missing_or_unknown_compiler_is_said(tmp_path: Path) -> None:
    identity = identify("make CC=no-such-cc LD=$MY_LD", tmp_path)
    assert identity == "no-such-cc (not installed); $MY_LD (known to the build only)"
    assert len(identify(f"make CC={'x' * 400}", tmp_path)) == IDENTITY_LIMIT


def test_a_replaced_compiler_is_asked_again(tmp_path: Path) -> None:
    compiler = tmp_path / "cc"
    for version in ("tcc 1.0", "tcc 2.0 or later"):
        fresh = tmp_path / "fresh"
        fresh.write_text(f"#!/bin/sh\necho '{version}'\n")
        fresh.chmod(0o755)
        fresh.replace(compiler)
        assert identify(f"make CC={compiler}", tmp_path).startswith(f"{version}; ")
