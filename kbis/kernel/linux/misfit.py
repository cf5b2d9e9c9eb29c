"""Builds of Linux that fail because compiler, tools or configuration are of another age than the source."""

import re
from collections.abc import Callable
from typing import Final

from kbis.kernel.fault import Fault
from kbis.kernel.tools import install_hint

_OLDER: Final = "Name an older compiler in [[linux.toolchain]], by cc, for the revisions without it."
_NEWER: Final = "Install a newer one, or name it in [[linux.toolchain]]."
_PATCH: Final = "Name the upstream fix in [[linux.backport]], or older tools in [[linux.toolchain]]."

Rule = tuple[str, Callable[[re.Match[str]], Fault]]


def _no_compiler(found: re.Match[str]) -> Fault:
    name = found["cc"].removeprefix("ccache ")
    return Fault(
        f"the {found['what']} {name} is not installed",
        f"{install_hint(name).rstrip('.')}; or name another in [[linux.toolchain]].",
    )


def _too_old(found: re.Match[str]) -> Fault:
    tool = {"C compiler": "C compiler", "Make": "GNU make"}.get(found["tool"], found["tool"].lower())
    said = f"the {tool} of this machine is too old for this revision"
    return Fault(f"{said}: it is {found['have'].strip()}, {found['want'].strip()} is the least", _NEWER)


_RULES: Final[tuple[Rule, ...]] = (
    # scripts/Kconfig.include, scripts/cc-version.sh, as-version.sh, ld-version.sh (since 5.12).
    (
        r"^\S*Kconfig\.include:\d+: (?P<what>(?:C )?compiler|linker|assembler) '(?P<cc>[^'\n]+)' not found",
        _no_compiler,
    ),
    (
        (
            r"^\*\*\* (?P<tool>[A-Z][^\n]*?) is too old\.\n\*\*\* +Your [^\n:]*: +(?P<have>[^\n]+)\n"
            r"\*\*\* +Minimum [^\n:]*: +(?P<want>[^\n]+)$"
        ),
        _too_old,
    ),
    # Makefile, since 6.2.
    (
        r"\*\*\* GNU (?P<tool>Make) >= (?P<want>[\d.]+) is required\. Your Make version is (?P<have>[\d.]*\d)",
        _too_old,
    ),
    (
        r": pahole version v?(?P<have>[\d.]+) is too old, need at least v?(?P<want>[\d.]+)",
        lambda found: Fault(
            f"pahole {found['have']} of this machine is too old for this revision: {found['want']} is the least",
            'Install a newer one, or set "CONFIG_DEBUG_INFO_BTF=n" in [[linux.config_fix]].',
        ),
    ),
    (
        r"#?error:? (?:#error )?Sorry, your (?:version of GCC|compiler) is too old[^\n]*",
        lambda _: Fault("the compiler of this machine is too old for this revision", _NEWER),
    ),
    (
        r": error: require bison (?P<want>[\d.]+), but have (?P<have>[\d.]+)",
        lambda found: Fault(
            f"bison {found['have']} of this machine is too old for this revision: {found['want']} is the least",
            "Install a newer one.",
        ),
    ),
    # include/linux/compiler-gcc.h before 4.2 has a header for each gcc.
    (
        r"fatal error: linux/compiler-gcc(?P<major>\d+)\.h: No such file",
        lambda found: Fault(f"this revision knows no gcc {found['major']}", _OLDER),
    ),
    (
        r"error: code model kernel does not support PI[CE] mode",
        lambda _: Fault(
            "the compiler makes position-independent code by default, which this revision does not know",
            'Put "KCFLAGS=-fno-pie" into make of [linux], or name an older compiler in [[linux.toolchain]].',
        ),
    ),
    # gcc 10 made -fno-common the default; fixed in scripts/dtc by 5.6.
    (
        r"multiple definition of [`'\u2018]yylloc",
        lambda _: Fault(
            "gcc 10 and newer cannot link scripts/dtc of this revision",
            'Put "HOSTCFLAGS=-fcommon" '
            "into make of [linux], or name the fix e33a814e772c in [[linux.backport]].",
        ),
    ),
    (
        r"#error New address family defined, please update secclass_map\.h",
        lambda _: Fault("the headers of this machine are newer than this revision", _PATCH),
    ),
    (
        r"^Can't use 'defined\(@array\)'",
        lambda _: Fault("perl of this machine is too new for this revision", _PATCH),
    ),
    (
        r"^FAILED: load BTF from \S+: ",
        lambda _: Fault(
            "pahole of this machine and this revision do not agree on BTF",
            'Set "CONFIG_DEBUG_INFO_BTF=n" in [[linux.config_fix]], or use the pahole of that time.',
        ),
    ),
    (
        # Options that arm64, arm and riscv give to each compilation.
        (
            r"^\S*gcc\S*: error: unrecognized (?:command-line|argument in) option "
            r"['\u2018](?P<flag>-mlittle-endian|-mabi=lp64\w*|-mthumb\S*)['\u2019]"
        ),
        lambda found: Fault(
            f"the compiler does not make code for the recipe's architecture (it has no {found['flag']})",
            "Name the cross compiler: cross_compile in [linux], CROSS_COMPILE in the command of [build].",
            of_request=True,
        ),
    ),
    # Configurations of distributions name their own keys.
    (
        r"\*\*\* No rule to make target '(?P<key>[^'\n]+\.pem)', needed by 'certs/",
        lambda found: Fault(
            f"the configuration asks for the file {found['key']}, which is not in the source",
            "Set CONFIG_SYSTEM_TRUSTED_KEYS and CONFIG_SYSTEM_REVOCATION_KEYS to the empty string in it.",
            of_request=True,
        ),
    ),
    (
        r"""^\*\*\* Can't find default configuration "(?P<path>[^"\n]+)"!""",
        lambda found: Fault(
            f"this revision has no configuration {found['path']}",
            "Give the configuration as a file, or name one that `make help` lists.",
            of_request=True,
        ),
    ),
    (
        r"\*\*\* No configuration exists for this target on this architecture",
        lambda _: Fault(
            "this revision does not have the named configuration for this architecture",
            "Give the configuration as a file, or name one that `make help` lists.",
            of_request=True,
        ),
    ),
    (
        r"^(?:aborted!|Console input/output is redirected\. Run 'make oldconfig'|\*\*\* Error in reading or end)",
        lambda _: Fault(
            "the configuration does not fit this revision, and make asked questions that nobody answers",
            "Let the command run `make olddefconfig` first; a recipe with [linux] does it by itself.",
            of_request=True,
        ),
    ),
    (
        r'^\*\*\* Configuration file "(?P<path>[^"\n]+)" not found!',
        lambda found: Fault(
            f"there is no configuration {found['path']} in the build directory",
            "Let the command make one first; a recipe with [linux] does it by itself.",
            of_request=True,
        ),
    ),
    (
        r"[Mm]akefile:\d+: (?:\./)?arch/(?P<arch>[^/\n]+)/Makefile: No such file or directory",
        lambda found: Fault(
            f"this revision has no architecture {found['arch']}",
            "Look at arch in the recipe; `ls arch` in the source shows what there is.",
            of_request=True,
        ),
    ),
    (
        r"The source tree is not clean, please run 'make (?:ARCH=\S+ )?mrproper'",
        lambda _: Fault(
            "the source directory holds files of a build in it",
            "The command must build outside the source (make O=), and the revision must not hold a .config.",
            of_request=True,
        ),
    ),
)
_ANY: Final = tuple((re.compile(pattern, re.MULTILINE), told) for pattern, told in _RULES)


def misfit(text: str) -> Fault | None:
    """Say what of compiler, tools or configuration does not fit the revision; None when none of that shows.

    Args:
        text: The build's output, with the paths of source and build directory left out or as "./".
    """
    for pattern, told in _ANY:
        found = pattern.search(text)
        if found is not None:
            return told(found)
    return None


_WARNING_AS_ERROR: Final = re.compile(
    r"^\S*: all warnings being treated as errors|\[-Werror,-W(?!implicit-)", re.MULTILINE
)


def advice(text: str) -> str:
    """Say how a kernel that does not build might be built all the same; "" when nothing is known.

    Args:
        text: The build's output.
    """
    if _WARNING_AS_ERROR.search(text):
        return 'a warning was taken for an error: "KCFLAGS=-Wno-error" in make of [linux] lets it build'
    if "Try make KALLSYMS_EXTRA_PASS=1" in text:
        return '"KALLSYMS_EXTRA_PASS=1" in make of [linux] may let it build'
    return ""
