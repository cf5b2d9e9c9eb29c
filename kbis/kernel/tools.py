"""The programs that kbis runs, the packages that have them, and the sentence when one is missing."""

import platform
import re
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePath

from kbis.errors import InfraError


@dataclass(frozen=True, slots=True)
class Package:
    """What installs a program on each family of distributions."""

    debian: str
    fedora: str
    arch: str


def _same(name: str) -> Package:
    return Package(name, name, name)


PACKAGES = {
    "as": _same("binutils"),
    "bc": _same("bc"),
    "bison": _same("bison"),
    "busybox": Package("busybox-static", "busybox", "busybox"),
    "bzip2": _same("bzip2"),
    "ccache": _same("ccache"),
    "clang": _same("clang"),
    "cpio": _same("cpio"),
    "depmod": _same("kmod"),
    "flex": _same("flex"),
    "g++": Package("g++", "gcc-c++", "gcc"),
    "gcc": _same("gcc"),
    "gelf.h": Package("libelf-dev", "elfutils-libelf-devel", "libelf"),
    "git": _same("git"),
    "gmp.h": Package("libgmp-dev", "gmp-devel", "gmp"),
    "gzip": _same("gzip"),
    "ld": _same("binutils"),
    "ld.lld": _same("lld"),
    "libc.a": Package("libc6-dev", "glibc-static", "glibc"),
    "libelf.h": Package("libelf-dev", "elfutils-libelf-devel", "libelf"),
    "llvm-ar": _same("llvm"),
    "llvm-nm": _same("llvm"),
    "llvm-objcopy": _same("llvm"),
    "lz4": _same("lz4"),
    "lzop": _same("lzop"),
    "make": _same("make"),
    "objcopy": _same("binutils"),
    "openssl": _same("openssl"),
    "opensslv.h": Package("libssl-dev", "openssl-devel", "openssl"),
    "pahole": Package("dwarves", "dwarves", "pahole"),
    "perl": _same("perl"),
    "python3": Package("python3", "python3", "python"),
    "qemu-system-aarch64": Package("qemu-system-arm", "qemu-system-aarch64-core", "qemu-system-aarch64"),
    "qemu-system-arm": Package("qemu-system-arm", "qemu-system-arm-core", "qemu-system-arm"),
    "qemu-system-i386": Package("qemu-system-x86", "qemu-system-x86-core", "qemu-system-x86"),
    "qemu-system-riscv64": Package("qemu-system-misc", "qemu-system-riscv-core", "qemu-system-riscv"),
    "qemu-system-x86_64": Package("qemu-system-x86", "qemu-system-x86-core", "qemu-system-x86"),
    "rsync": _same("rsync"),
    "ssh-keygen": Package("openssh-client", "openssh", "openssh"),
    "stdio.h": Package("libc6-dev", "glibc-devel", "glibc"),
    "stdlib.h": Package("libc6-dev", "glibc-devel", "glibc"),
    "xz": Package("xz-utils", "xz", "xz"),
    "zlib.h": Package("zlib1g-dev", "zlib-devel", "zlib"),
    "zstd": _same("zstd"),
}
"""Program or header to the packages that install it: Debian and Ubuntu, Fedora and its kin, Arch."""

_INSTALL = {
    "debian": "sudo apt-get install {}",
    "fedora": "sudo dnf install {}",
    "arch": "sudo pacman -S {}",
}
_FAMILIES = {"ubuntu": "debian", "rhel": "fedora", "centos": "fedora"}
_RELEASE = Path("/etc/os-release")
_CROSS = re.compile(r"(?P<machine>[a-z0-9_]+)-linux-(?P<abi>gnu\w*)-(?P<tool>gcc|g\+\+|ld|as|objcopy|ar|nm)")


def package_of(name: str) -> Package | None:
    """What installs a program or a header of the machine; None when that is not known.

    Args:
        name: A program's name, that of a cross tool as well; or a header as the compiler names it.
    """
    if name.startswith("openssl/"):
        return PACKAGES["opensslv.h"]
    name = PurePath(name).name
    cross = _CROSS.fullmatch(name)
    if cross is None or cross["machine"] == platform.machine():
        return PACKAGES.get(name)
    machine, abi = cross["machine"], cross["abi"]
    what = "gcc" if cross["tool"] == "gcc" else "g++" if cross["tool"] == "g++" else "binutils"
    return Package(
        f"{what}-{machine.replace('_', '-')}-linux-{abi}",
        f"{'gcc-c++' if what == 'g++' else what}-{machine}-linux-gnu",
        f"{machine}-linux-{abi}-{'gcc' if what == 'g++' else what}",
    )


def install_hint(*programs: str, release: Path = _RELEASE) -> str:
    """The sentence that says how to get one or several programs, with this distribution's command where it is known.

    Args:
        programs: Names or paths of programs, or headers as the compiler names them.
        release: What says which distribution this is (os-release(5)).
    """
    found = {program: package_of(program) for program in programs}
    known = [package for package in found.values() if package is not None]
    strange = [program for program, package in found.items() if package is None]
    if strange:
        rest = (
            f" {install_hint(*(p for p in programs if p not in strange), release=release)}" if known else ""
        )
        names = " and ".join(PurePath(program).name for program in strange)
        return f"Install the package that has {names}, or put it on PATH.{rest}"
    here = family(release)
    if here is not None:
        wanted = _packages(known, here)
        word = "package" if len(wanted) == 1 else "packages"
        return f"Install the {word} {', '.join(wanted)}: {_INSTALL[here].format(' '.join(wanted))}"
    ways = (f"{command.format(' '.join(_packages(known, each)))}" for each, command in _INSTALL.items())
    return "Install it (Debian, Fedora, Arch): " + "; ".join(ways)


def family(release: Path = _RELEASE) -> str | None:
    """The family of this machine's distribution: "debian", "fedora", "arch", or None for another one."""
    try:
        lines = release.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    said = dict(line.split("=", 1) for line in lines if "=" in line)
    for name in (_unquoted(said.get("ID", "")) + " " + _unquoted(said.get("ID_LIKE", ""))).split():
        found = _FAMILIES.get(name, name)
        if found in _INSTALL:
            return found
    return None


def missing(program: str) -> InfraError:
    """The error for a program that is not installed."""
    return InfraError(f"{program} is not installed or not on PATH.", install_hint(program))


def _packages(known: list[Package], distribution: str) -> list[str]:
    return list(dict.fromkeys(getattr(each, distribution) for each in known))


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value
