import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kbis.kernel.userland.cpio import Device, Directory, File, Symlink, archive, joined

ENTRIES = [
    Directory("dev"),
    Device("dev/console", 5, 1),
    Directory("kbis", 0o711),
    File("kbis/init", b"#!/bin/sh\n", 0o755),
    File("kbis/odd", b"12345"),
    File("kbis/empty", b""),
    Symlink("sh", "/kbis/busybox"),
]

needs_cpio = pytest.mark.skipif(shutil.which("cpio") is None, reason="the program cpio is not installed")


def listed(content: bytes, *flags: str) -> list[str]:
    done = subprocess.run(["cpio", "--quiet", *flags], input=content, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().splitlines()


@needs_cpio
def test_the_real_cpio_reads_the_archive() -> None:
    assert listed(archive(ENTRIES), "-t") == [entry.path for entry in ENTRIES]
    console = next(line for line in listed(archive(ENTRIES), "-tv") if line.endswith("dev/console"))
    assert console.startswith("crw-------")
    assert console.split()[4:6] == ["5,", "1"]


@needs_cpio
def test_the_real_cpio_unpacks_what_was_packed(tmp_path: Path) -> None:
    files = [entry for entry in ENTRIES if not isinstance(entry, Device)]
    subprocess.run(["cpio", "--quiet", "-i"], input=archive(files), cwd=tmp_path, check=True)
    assert (tmp_path / "kbis/init").read_bytes() == b"#!/bin/sh\n"
    assert os.access(tmp_path / "kbis/init", os.X_OK)
    assert (tmp_path / "kbis/odd").read_bytes() == b"12345"
    assert (tmp_path / "kbis").stat().st_mode & 0o777 == 0o711
    assert (tmp_path / "sh").readlink() == Path("/kbis/busybox")


def test_equal_entries_give_equal_bytes() -> None:
    assert archive(ENTRIES) == archive(ENTRIES)


@needs_cpio
def test_two_archives_joined_are_read_one_after_the_other() -> None:
    first, second = archive([File("a", b"1")]), archive([File("b", b"2")])
    whole = joined(first, second)
    assert listed(whole, "-t") == ["a"]
    assert listed(whole[len(first) :], "-t") == ["b"]


@pytest.mark.parametrize("length", [1, 2, 3, 4, 511, 512, 513])
def test_what_follows_a_part_begins_where_the_kernel_looks_for_it(length: int) -> None:
    whole = joined(b"x" * length, b"070701")
    at = whole.index(b"070701")
    assert at % 4 == 0
    assert set(whole[length:at]) <= {0}


@pytest.mark.parametrize(
    "path", ["", "/etc", "..", "a/../b", "a//b", "./a", "a\0b", "TRAILER!!!", "x" * 256, "y/" * 2048 + "z"]
)
def test_a_path_that_leaves_the_root_or_that_the_kernel_ignores_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"is no path of an archive|is too long"):
        archive([File(path, b"")])
