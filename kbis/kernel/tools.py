"""The programs that kbis runs, the Debian packages that have them, and the sentence when one is missing."""

from pathlib import PurePath

from kbis.errors import InfraError

PACKAGES = {
    "as": "binutils",
    "bc": "bc",
    "bison": "bison",
    "ccache": "ccache",
    "clang": "clang",
    "cpio": "cpio",
    "flex": "flex",
    "g++": "g++",
    "gcc": "gcc",
    "git": "git",
    "ld": "binutils",
    "ld.lld": "lld",
    "make": "make",
    "objcopy": "binutils",
    "pahole": "dwarves",
    "perl": "perl",
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-i386": "qemu-system-x86",
    "qemu-system-riscv64": "qemu-system-misc",
    "qemu-system-x86_64": "qemu-system-x86",
    "ssh-keygen": "openssh-client",
    "xz": "xz-utils",
}
"""Program name to the package of Debian and Ubuntu that installs it."""


def install_hint(program: str) -> str:
    """The sentence that says how to get a program."""
    name = PurePath(program).name
    package = PACKAGES.get(name)
    if package is None:
        return f"Install the package that has {name}, or put it on PATH."
    return f"Install the package {package}: sudo apt-get install {package}"


def missing(program: str) -> InfraError:
    """The error for a program that is not installed."""
    return InfraError(f"{program} is not installed or not on PATH.", install_hint(program))
