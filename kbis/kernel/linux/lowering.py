"""From a Linux recipe to what one revision needs: the command, the config, the patches. Pure."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kbis.kernel.linux import pinning
from kbis.kernel.linux.recipe import Backport, LinuxRecipe, Span
from kbis.kernel.recipe import BuildRecipe

CONFIG_INPUT = "kbis.config"
"""The file in the build directory that the config of each build begins as."""

_FITTED = "kbis.olddefconfig"

_FLAGS = ("KCFLAGS=", "KAFLAGS=")

S = TypeVar("S", bound=Span)


@dataclass(frozen=True, slots=True)
class Work:
    """What is done for one revision.

    Attributes:
        build: The command and its results.
        compiler: CC as words, without ccache.
        flags: More flags for compiler and assembler, by their variable (KCFLAGS, KAFLAGS).
        config: The text that `olddefconfig` begins with.
        backports: The patches that apply to it.
    """

    build: BuildRecipe
    compiler: tuple[str, ...]
    flags: Mapping[str, str]
    config: bytes
    backports: tuple[Backport, ...]

    @property
    def files(self) -> dict[str, bytes]:
        """What lies in the build directory before the command runs, by path below it."""
        return {CONFIG_INPUT: self.config, **pinning.files(self.config)}


def lower(recipe: LinuxRecipe, config: bytes, contains: Callable[[str], bool], *, ccache: bool) -> Work:
    """Say what is done for one revision.

    Args:
        recipe: How Linux is made.
        config: The recorded config.
        contains: Tells whether the revision's history has a commit (the revision itself is part of it).
        ccache: Whether compilations go through ccache.
    """
    made = arguments(recipe, contains, ccache=ccache)
    fixes = [line for fix in applying(recipe.config_fixes, contains) for line in fix.set]
    whole = config + pinning.CONFIG.encode() + "".join(f"{line}\n" for line in fixes).encode()
    command = build_command(made.words, recipe.makes, recipe.require)
    build = BuildRecipe(command, recipe.boots, "vmlinux", recipe.timeout_s)
    return Work(build, made.compiler, made.flags, whole, applying(recipe.backports, contains))


@dataclass(frozen=True, slots=True)
class Arguments:
    """What every call of make gets.

    Attributes:
        words: The arguments.
        compiler: CC as words, without ccache.
        flags: The user's KCFLAGS and KAFLAGS, which kbis adds its own to.
    """

    words: tuple[str, ...]
    compiler: tuple[str, ...]
    flags: Mapping[str, str]


def arguments(recipe: LinuxRecipe, contains: Callable[[str], bool], *, ccache: bool) -> Arguments:
    """Return what every call of make gets for one revision; for the parameters see `lower`."""
    toolchain = _toolchain(recipe, contains)
    compiler = _compiler(toolchain)
    if ccache:
        toolchain["CC"] = f"ccache {shlex.join(compiler)}"
    variables = [f"{name}={value}" for name, value in toolchain.items() if value]
    flags = dict(each.split("=", 1) for each in recipe.make if each.startswith(_FLAGS))
    rest = [each for each in recipe.make if not each.startswith(_FLAGS)]
    return Arguments((f"ARCH={recipe.arch}", *variables, *pinning.MAKE, *rest), compiler, flags)


def applying(spans: Sequence[S], contains: Callable[[str], bool]) -> tuple[S, ...]:
    """Return those parts of history that the revision lies in."""
    return tuple(
        span
        for span in spans
        if (span.since is None or contains(span.since)) and not (span.until and contains(span.until))
    )


def _toolchain(recipe: LinuxRecipe, contains: Callable[[str], bool]) -> dict[str, str]:
    """Return the make variables that choose the toolchain; of two that apply the later one holds."""
    words = {"CROSS_COMPILE": recipe.cross_compile, "LLVM": recipe.llvm, "CC": recipe.cc}
    for each in applying(recipe.toolchains, contains):
        said = {"CROSS_COMPILE": each.cross_compile, "LLVM": each.llvm, "CC": each.cc}
        words |= {name: value for name, value in said.items() if value is not None}
    return words


def build_command(words: Sequence[str], targets: Sequence[str], require: Sequence[str]) -> str:
    """Return the shell command that makes a kernel from `CONFIG_INPUT`.

    The config is fitted to the revision beside `.config`, which is replaced only when it differs: a touched
    `.config` costs a run of syncconfig.
    """
    make = make_words(words)
    lines = [
        "set -e",
        f"cp {CONFIG_INPUT} {_FITTED}",
        f"{make} KCONFIG_CONFIG={_FITTED} olddefconfig",
        f"cmp -s {_FITTED} .config || cp {_FITTED} .config",
    ]
    for symbol in require:
        name = f"CONFIG_{symbol.removeprefix('CONFIG_')}"
        lines.append(
            f"grep -q '^{name}=' .config || "
            f"{{ echo 'ERROR: this revision cannot have {name}, which the recipe requires.'; exit 1; }}"
        )
    lines.append(f'{make} -j"$KBIS_JOBS" {shlex.join(targets)}')
    return "\n".join(lines)


def make_words(words: Sequence[str]) -> str:
    """Return how a shell command calls make, up to the targets."""
    return f'make -C "$KBIS_SOURCE" O="$KBIS_BUILD" {shlex.join(words)}'


def _compiler(words: dict[str, str]) -> tuple[str, ...]:
    """Return the compiler as Kbuild chooses it (Documentation/kbuild/llvm.rst)."""
    if words["CC"]:
        return tuple(shlex.split(words["CC"]))
    llvm = words["LLVM"]
    if llvm:
        return (f"{llvm}clang" if llvm.endswith("/") else f"clang{llvm if llvm.startswith('-') else ''}",)
    return (f"{words['CROSS_COMPILE']}gcc",)
