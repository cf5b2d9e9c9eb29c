"""The identity of the compiler and linker that a build command uses, as they name themselves."""

import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel import environment, process
from kbis.kernel.bounded import KIB, Limits

VERSION_LIMIT_S = 20.0
IDENTITY_LIMIT = 300
"""Characters of the longest identity."""

_ASSIGNMENT = re.compile(r"(CC|LD|LLVM|CROSS_COMPILE)=(.*)", re.DOTALL)


def identify(command: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Name the compiler and the linker of a build command, such as `gcc (Debian 12.2.0-14) 12.2.0; GNU ld 2.40`.

    CC, LD, LLVM and CROSS_COMPILE in the command's text are honoured as Kbuild does
    (Documentation/kbuild/llvm.rst); a tool that cannot be asked is named with the reason.

    Args:
        command: The build command of a recipe.
        cwd: A directory to run the tools in.
        env: The environment of the build.
    """
    given = environment.for_builds() if env is None else env
    return "; ".join(_version(tool, cwd, given) for tool in tools_of(command))[:IDENTITY_LIMIT]


def tools_of(command: str) -> tuple[str, str]:
    """The compiler and the linker that a build command asks for."""
    said: dict[str, str] = {}
    for word in _words(command):
        found = _ASSIGNMENT.fullmatch(word)
        if found:
            said[found[1]] = found[2]
    llvm, cross = said.get("LLVM", ""), said.get("CROSS_COMPILE", "")
    if llvm.endswith("/"):
        compiler, linker = f"{llvm}clang", f"{llvm}ld.lld"
    elif llvm:
        suffix = llvm if llvm.startswith("-") else ""
        compiler, linker = f"clang{suffix}", f"ld.lld{suffix}"
    else:
        compiler, linker = f"{cross}gcc", f"{cross}ld"
    return said.get("CC") or compiler, said.get("LD") or linker


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()


def _version(tool: str, cwd: Path, env: Mapping[str, str]) -> str:
    if "$" in tool or "`" in tool:
        return f"{tool} (known to the build only)"
    try:
        words = shlex.split(tool)
    except ValueError:
        words = tool.split()
    # Asked once for each program file: a compiler that was replaced has another time stamp.
    stamps = tuple(_stamp(shutil.which(word, path=env.get("PATH"))) for word in words)
    key = (tuple(words), stamps, env.get("PATH"))
    if key not in _KNOWN:
        _KNOWN[key] = _ask(words, cwd, env)
    return _KNOWN[key]


_KNOWN: dict[object, str] = {}


def _stamp(program: str | None) -> tuple[int, ...]:
    if program is None:
        return ()
    status = Path(program).stat()
    return (status.st_dev, status.st_ino, status.st_mtime_ns)


def _ask(words: list[str], cwd: Path, env: Mapping[str, str]) -> str:
    name = " ".join(words)
    try:
        asked = process.run(
            [*words, "--version"], cwd=cwd, limit_s=VERSION_LIMIT_S, env=env, limits=Limits(64 * KIB, 0)
        )
    except InfraError:
        return f"{name} (not installed)"
    lines = asked.output.text().decode("utf-8", "replace").splitlines()
    return lines[0].strip() if asked.status == 0 and lines else f"{name} (exit status {asked.status})"
