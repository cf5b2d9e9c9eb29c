"""Where Linux comes from: the source package of a Debian-like system, read as one stream of files."""

import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

NAMED = os.environ.get("KBIS_LINUX_SOURCE")
"""A tarball in place of the package's; read before the tests hide the user's environment from themselves."""

PACKAGE_DIRECTORY = Path("/usr/src")
PACKAGE_NAME = re.compile(r"linux-source-(\d+(?:\.\d+)+)\.tar\.(?:xz|bz2|gz)")
UNPACKERS = {".xz": "xz", ".bz2": "bzip2", ".gz": "gzip"}


@dataclass(frozen=True, slots=True)
class File:
    """One file of the source.

    Attributes:
        path: Below the top of the tree.
        mode: As git writes it: 100644, 100755, or 120000 for a symbolic link.
        content: Its bytes, or where the link leads.
    """

    path: str
    mode: str
    content: bytes


def find_source() -> Path:
    """The newest tarball of Linux on this machine; the test is skipped where there is none."""
    if NAMED is not None:
        return Path(NAMED)
    found = {
        tuple(map(int, match[1].split("."))): path
        for path in PACKAGE_DIRECTORY.glob("linux-source-*.tar.*")
        if (match := PACKAGE_NAME.fullmatch(path.name))
    }
    if not found:
        pytest.skip("no linux-source package is installed, and only Debian-like systems have one")
    return found[max(found)].resolve()


def files(tarball: Path, wanted: "re.Pattern[str]", unwanted: "re.Pattern[str]") -> Iterator[File]:
    """Read the wanted files of a source tarball, in its order; nothing is written to the disk.

    Args:
        tarball: What `find_source` found.
        wanted: What a path must begin with.
        unwanted: What a path must not begin with, wanted or not.
    """
    unpacker = UNPACKERS[tarball.suffix]
    with (
        subprocess.Popen([unpacker, "-dc", tarball], stdout=subprocess.PIPE, bufsize=1 << 20) as unpacked,
        tarfile.open(fileobj=unpacked.stdout, mode="r|", bufsize=1 << 20) as members,
    ):
        for member in members:
            path = member.name.removeprefix("./").partition("/")[2]
            if not wanted.match(path) or unwanted.match(path):
                continue
            if member.issym():
                yield File(path, "120000", member.linkname.encode())
            elif member.isreg():
                content = members.extractfile(member)
                assert content is not None
                yield File(path, "100755" if member.mode & 0o100 else "100644", content.read())
    assert unpacked.returncode == 0, f"{tarball} is damaged: {unpacker} ended with {unpacked.returncode}"
