"""What a build of this Linux and its guest want of the machine, and what of that is not here."""

import platform
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kbis.errors import InfraError
from kbis.kernel import environment, process, tools
from kbis.kernel.finding import Finding
from kbis.kernel.linux.recipe import LinuxRecipe
from kbis.kernel.userland.busybox import unfit
from kbis.kernel.userland.compile import default_compiler, headers

_ASK_LIMIT_S = 30.0
GIB: Final = 1024**3

ALWAYS: Final = ("bc", "bison", "flex", "objcopy")
"""Programs that every build runs (Documentation/process/changes.rst)."""

USUAL: Final = ("perl", "cpio", "xz")
"""Programs that most configs lead to: perl for OID_REGISTRY and assembler crypto, cpio for IKHEADERS, xz for images."""

BY_SYMBOL: Final = {
    "DEBUG_INFO_BTF": "pahole",
    "KERNEL_BZIP2": "bzip2",
    "KERNEL_LZ4": "lz4",
    "KERNEL_LZO": "lzop",
    "KERNEL_XZ": "xz",
    "KERNEL_ZSTD": "zstd",
    "MODULES": "depmod",
    "MODULE_SIG": "openssl",
}
"""Symbols that make a build run a program."""

HEADERS: Final = {"libelf.h": "objtool", "openssl/opensslv.h": "signed modules and certificates"}
"""Headers that host programs include, and what those are for."""

SOURCE_BYTES: Final = 3 * GIB // 2
"""A worktree of Linux 6.1 takes 1.4 GB."""

SMALL_BUILD_BYTES: Final = GIB
DEBUG_BUILD_BYTES: Final = 6 * GIB
DISTRIBUTION_BUILD_BYTES: Final = 20 * GIB
"""Build directories: 0.3 GB of a small config; debug information makes objects about ten times as large; a
distribution's config with that and thousands of modules takes 15 to 25 GB."""

_DEBIAN_LIBC: Final = {
    "i386": "libc6-dev-i386 and lib32gcc-VERSION-dev, or gcc-multilib, which excludes cross compilers",
    "arm64": "libc6-dev-arm64-cross",
    "arm": "libc6-dev-armhf-cross",
    "riscv": "libc6-dev-riscv64-cross",
}

_MANY_MODULES = 500
_ON = re.compile(r"^CONFIG_(\w+)=[ym]$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LinuxWish:
    """What is to be built.

    Attributes:
        recipe: The recipe's table; None where there is none yet.
        config: The text of the config; "" where it is not known yet.
        shell: Whether the guest runs a shell script, for which it needs busybox.
    """

    recipe: LinuxRecipe | None = None
    config: str = ""
    shell: bool = False

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols that the config turns on."""
        return frozenset(_ON.findall(self.config))


def is_linux(source: Path) -> bool:
    """Say whether a directory is the top of a Linux source."""
    return all((source / name).is_file() for name in ("Kbuild", "Kconfig", "MAINTAINERS", "Makefile"))


def requirements(wish: LinuxWish) -> list[Finding]:
    """Look for all that a build of Linux and its guest want."""
    return [_programs(wish), *_compilers(wish), _headers(), _static_libc(wish), _shell(wish)]


def wanted_bytes(wish: LinuxWish) -> int:
    """Say how much disk a worktree and a build of Linux want, in bytes."""
    if not wish.config:
        return SOURCE_BYTES + SMALL_BUILD_BYTES
    debug = any(name.startswith("DEBUG_INFO_DWARF") or name == "DEBUG_INFO" for name in wish.symbols)
    if not debug:
        return SOURCE_BYTES + SMALL_BUILD_BYTES
    modules = len(re.findall(r"^CONFIG_\w+=m$", wish.config, re.MULTILINE))
    return SOURCE_BYTES + (DISTRIBUTION_BUILD_BYTES if modules > _MANY_MODULES else DEBUG_BUILD_BYTES)


def _programs(wish: LinuxWish) -> Finding:
    by_config = [program for symbol, program in BY_SYMBOL.items() if symbol in wish.symbols]
    lacking = [name for name in dict.fromkeys((*ALWAYS, *by_config, *USUAL)) if shutil.which(name) is None]
    needed = [name for name in lacking if name in ALWAYS or name in by_config]
    if lacking:
        verb = "needs" if needed else "may want"
        said = f"A build of Linux {verb} {', '.join(needed or lacking)}, not installed here."
        return Finding("linux", False, said, tools.install_hint(*lacking), required=bool(needed))
    if shutil.which("ccache"):
        return Finding("linux", True, "The tools that a build of Linux wants are here, with ccache.")
    return Finding(
        "linux",
        True,
        "The tools that a build of Linux wants are here, without ccache.",
        f"With ccache, going back to a revision costs little. {tools.install_hint('ccache')}",
    )


def _compilers(wish: LinuxWish) -> list[Finding]:
    recipe = wish.recipe
    if recipe is None:
        return []
    said = [(recipe.cc, recipe.cross_compile, recipe.llvm)]
    said += [
        (
            recipe.cc if each.cc is None else each.cc,
            recipe.cross_compile if each.cross_compile is None else each.cross_compile,
            recipe.llvm if each.llvm is None else each.llvm,
        )
        for each in recipe.toolchains
    ]
    compilers = list(dict.fromkeys(compiler_of(*each) for each in said))
    others = [name for _, cross_compile, llvm in said for name in _tools_beside(cross_compile, llvm)]
    lacking = [each for each in dict.fromkeys((*compilers, *others)) if shutil.which(each) is None]
    if lacking:
        sentence = f"The recipe wants {', '.join(lacking)}, not installed here."
        return [Finding("toolchain", False, sentence, tools.install_hint(*lacking))]
    return [Finding("toolchain", True, f"The recipe's compilers are here: {', '.join(compilers)}.")]


def compiler_of(cc: str, cross_compile: str, llvm: str) -> str:
    """Name the compiler that make runs (Documentation/kbuild/llvm.rst)."""
    if cc:
        return next((word for word in reversed(cc.split()) if not word.startswith("-")), cc)
    return _of_llvm("clang", llvm) if llvm else f"{cross_compile}gcc"


def _tools_beside(cross_compile: str, llvm: str) -> list[str]:
    if llvm:
        return [_of_llvm(name, llvm) for name in ("ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy")]
    return [f"{cross_compile}{name}" for name in ("ld", "objcopy")] if cross_compile else []


def _of_llvm(name: str, llvm: str) -> str:
    return f"{llvm}{name}" if llvm.endswith("/") else f"{name}{llvm if llvm.startswith('-') else ''}"


def _headers() -> Finding:
    lacking = [name for name in HEADERS if not _compiles("gcc", ["-E"], f"#include <{name}>\n")]
    if not lacking:
        return Finding("headers", True, "The headers of libelf and OpenSSL are here.")
    said = " and ".join(f"{name} (for {HEADERS[name]})" for name in lacking)
    return Finding(
        "headers", False, f"Not installed here: {said}.", tools.install_hint(*lacking), required=False
    )


def _static_libc(wish: LinuxWish) -> Finding:
    recipe = wish.recipe
    arch, cross_compile = ("x86_64", "") if recipe is None else (recipe.arch, recipe.cross_compile)
    compiler = default_compiler(arch, cross_compile)
    command, source = compiler.command, "#include <errno.h>\nint main(void) { return errno; }\n"
    if _compiles(command[0], [*command[1:], *headers(compiler), "-static"], source):
        return Finding("libc", True, "Reproducers in C can be linked statically.")
    said = f"{' '.join(command)} has no static C library, with which reproducers in C are linked."
    hint = tools.install_hint("libc.a")
    if recipe is not None and command != ("gcc",):
        package = _DEBIAN_LIBC.get(recipe.arch)
        hint = f"Install the C library for {recipe.arch}{f' (on Debian {package})' if package else ''}."
    return Finding("libc", False, said, hint, required=False)


def _shell(wish: LinuxWish) -> Finding:
    path = shutil.which("busybox")
    arch = "x86_64" if wish.recipe is None else wish.recipe.arch
    why = "is not installed"
    if path is not None:
        try:
            why = unfit(Path(path).read_bytes(), arch) or ""
        except (OSError, KeyError) as trouble:
            why = f"cannot be looked at: {trouble}"
    if not why:
        return Finding("busybox", True, f"{path} gives guests a shell.")
    said = f"busybox {why}; reproducers that are shell scripts need a static one for the guest."
    here = f"{tools.install_hint('busybox')}, or name one in [guest] busybox."
    hint = here if arch == platform.machine() else f"Name a static busybox for {arch} in [guest] busybox."
    return Finding("busybox", False, said, hint, required=wish.shell)


def _compiles(program: str, options: list[str], source: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="kbis-doctor-") as name:
        directory = Path(name)
        try:
            (directory / "a.c").write_text(source)
            command = [program, *options, "-o", "a", "a.c"]
            done = process.run(command, cwd=directory, limit_s=_ASK_LIMIT_S, env=environment.for_builds())
        except (InfraError, OSError):
            return False
    return done.status == 0
