"""The recipe's table [linux]: the config, the make variables, and what changes along the history."""

from dataclasses import dataclass
from typing import Annotated, Final

from kbis.kernel.linux.architecture import ARCHITECTURES, Architecture
from kbis.kernel.recipe_fields import BelowPath, OneOf, Tables, Text, Texts, Whole

DAY_S: Final = 24 * 60 * 60

_REVISION = "a revision: since holds where history contains it, until where it does not"
_SHA256 = Text("sha256", "a sha256 in hex", r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of history: the revisions that contain `since` and do not contain `until`; None sets no bound."""

    since: Annotated[str | None, Text("since", _REVISION, r"[^-].*")] = None
    until: Annotated[str | None, Text("until", _REVISION, r"[^-].*")] = None


@dataclass(frozen=True, slots=True)
class Toolchain(Span):
    """Another compiler for a part of history; what is None stays as [linux] says, and "" takes that back."""

    cc: Annotated[str | None, Text("cc", 'a compiler such as "gcc-9"', r".*")] = None
    cross_compile: Annotated[str | None, Text("cross_compile", "the prefix of a cross toolchain", r".*")] = (
        None
    )
    llvm: Annotated[str | None, Text("llvm", 'the value of LLVM=, such as "1" or "-15"', r".*")] = None


@dataclass(frozen=True, slots=True)
class ConfigFix(Span):
    """Lines of config for a part of history, such as `CONFIG_GCC_PLUGINS=n`."""

    set: Annotated[
        tuple[str, ...], Texts("set", 'lines such as "CONFIG_KCOV=n"', pattern=r"CONFIG_\w+=.+")
    ] = ()


@dataclass(frozen=True, slots=True)
class Backport(Span):
    """A patch that a part of history needs to build or boot; it is applied for the build only.

    Attributes:
        patch: The file, beside kbis.toml.
        sha256: Its digest, as recorded.
    """

    patch: Annotated[str, BelowPath("patch", "a path below the directory of kbis.toml")] = ""
    sha256: Annotated[str | None, _SHA256] = None


@dataclass(frozen=True, slots=True)
class LinuxRecipe:
    """How a Linux kernel is made.

    Attributes:
        config: A config file beside kbis.toml, or the name of a make target such as `defconfig`.
        fragments: Files beside kbis.toml whose lines take precedence over the config's.
        arch: ARCH.
        cross_compile: CROSS_COMPILE; empty for a native build.
        llvm: LLVM; empty for gcc.
        cc: CC; empty for the toolchain's own.
        make: More arguments for make, such as `KCFLAGS=-Wno-error`.
        targets: What to make; empty for what the image needs.
        image: The file to boot, below the build directory; empty for the architecture's.
        require: Symbols that must be set in every kernel tested; a revision without one does not count as built.
        timeout_s: Seconds until a build is given up.
        toolchains: Other compilers for parts of history.
        config_fixes: Other config for parts of history.
        backports: Patches for parts of history.
        config_sha256: The digest of the recorded config.
    """

    config: Annotated[str, Text("config", "a config file, or a target of make such as defconfig")] = ".config"
    fragments: Annotated[tuple[str, ...], Texts("fragments", "a list of files beside kbis.toml")] = ()
    arch: Annotated[str, OneOf("arch", tuple(ARCHITECTURES))] = "x86_64"
    cross_compile: Annotated[str, Text("cross_compile", "a prefix such as aarch64-linux-gnu-", r".*")] = ""
    llvm: Annotated[str, Text("llvm", 'the value of LLVM=, such as "1" or "-15"', r".*")] = ""
    cc: Annotated[str, Text("cc", 'a compiler such as "gcc-12"', r".*")] = ""
    make: Annotated[
        tuple[str, ...],
        Texts(
            "make",
            "a list of arguments for make, but for those that have a key of their own and O=",
            pattern=r"(?s)(?!(?:O|KBUILD_OUTPUT|ARCH|CROSS_COMPILE|LLVM|CC)=|-C).+",
        ),
    ] = ()
    targets: Annotated[tuple[str, ...], Texts("targets", "a list of targets of make", pattern=r"[^-].*")] = ()
    image: Annotated[
        str, Text("image", "a path below the build directory", r"([^/.][^/]*(/[^/.][^/]*)*)?")
    ] = ""
    require: Annotated[
        tuple[str, ...],
        Texts("require", "a list of symbols such as KASAN", pattern=r"(CONFIG_)?[A-Z0-9_]\w*"),
    ] = ()
    timeout_s: Annotated[int, Whole("timeout", "seconds", 1, DAY_S)] = 3600
    toolchains: Annotated[tuple[Toolchain, ...], Tables("toolchain", Toolchain)] = ()
    config_fixes: Annotated[tuple[ConfigFix, ...], Tables("config_fix", ConfigFix)] = ()
    backports: Annotated[tuple[Backport, ...], Tables("backport", Backport)] = ()
    config_sha256: Annotated[str | None, Text("config_sha256", "a sha256 in hex", r"[0-9a-f]{64}")] = None

    @property
    def architecture(self) -> Architecture:
        """What differs with `arch`."""
        return ARCHITECTURES[self.arch]

    @property
    def boots(self) -> str:
        """The file to boot, below the build directory."""
        return self.image or self.architecture.image

    @property
    def makes(self) -> tuple[str, ...]:
        """What is made."""
        own = self.architecture.targets if self.boots == self.architecture.image else ("vmlinux",)
        return self.targets or own
