"""A full disk, a directory nobody may write to, and what is on the disk when append returns."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.log.world import ANN, LOG, NOTES, git, ids_counted, make_repository, open_log, started

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    root = make_repository(tmp_path / "repo")
    started(open_log(tmp_path / "repo"), root)
    return tmp_path / "repo"


def lone_append(
    path: Path, *options: str, within: Sequence[str] = (), **variables: str
) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*within, sys.executable, "-m", "tests.log.lone_append", str(path), *options],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env=os.environ | variables,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(row) for row in done.stdout.splitlines()]


def is_whole(path: Path, before: set[bytes]) -> None:
    """Nothing was lost, nothing was half written, and with room on the disk it goes on."""
    assert ids_counted(open_log(path)) == before
    _, said = lone_append(path)
    assert ids_counted(open_log(path)) == before | {bytes.fromhex(said["id"])}
    git(path, "fsck", "--strict", "--no-dangling")
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


@pytest.mark.parametrize("most", [0, 20, 41, 100, 150, 200, 300])
def test_a_disk_that_is_full_at_any_place_is_an_error_and_loses_nothing(path: Path, most: int) -> None:
    before = ids_counted(open_log(path))
    said = lone_append(path, str(most))[-1]
    assert said["error"] == "InfraError"
    assert str(path) in said["message"]
    assert said["message"].endswith(".")
    assert "free space" in said["hint"]
    is_whole(path, before)


@pytest.mark.parametrize("most", [400, 600, 1000])
def test_where_a_disk_fills_up_only_after_the_log_was_moved_the_append_stands(path: Path, most: int) -> None:
    """The published ref has a reflog, which grows; the log itself has none."""
    before = ids_counted(open_log(path))
    reflog = path / ".git/logs" / NOTES
    reflog.write_bytes(reflog.read_bytes() * 20)
    said = lone_append(path, str(most))[-1]
    acknowledged = {bytes.fromhex(said["id"])} if "id" in said else set()
    assert acknowledged or said["error"] == "InfraError"
    is_whole(path, before | acknowledged)


def test_a_real_full_disk_is_an_error_and_loses_nothing(path: Path, tmp_path: Path) -> None:
    """On a file system of its own, in a user's mount namespace where that is allowed."""
    small = tmp_path / "small"
    small.mkdir()
    script = 'mount -t tmpfs -o size=2m,nr_inodes=2000 none "$1" && cp -r "$2" "$1/repo" || exit 77; '
    script += 'dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null; '
    script += (
        '"$3" -m tests.log.lone_append "$1/repo"; rm "$1/filler"; "$3" -m tests.log.lone_append "$1/repo"; '
    )
    script += 'git -C "$1/repo" fsck --strict --no-dangling'
    unshare = [] if os.geteuid() == 0 else ["-r"]
    command = ["unshare", *unshare, "-m", "sh", "-c", script, "sh", str(small), str(path), sys.executable]
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare to make a small file system of its own")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode in (1, 77) and not done.stdout:
        pytest.skip("a small file system cannot be mounted here")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert [row.get("error") for row in rows] == [None, "InfraError", None, None]
    assert "No space left" in rows[1]["message"]
    assert rows[0] == rows[2] == {"read": 1}
    assert "id" in rows[3]


def without_privilege() -> list[str]:
    """What makes root obey the rights of files, as everybody else does."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv, because root may write everywhere")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def forbid(path: Path) -> None:
    for directory, _, _ in os.walk(path, topdown=False):
        os.chmod(directory, 0o555)  # noqa: PTH101


def allow(path: Path) -> None:
    for directory, _, _ in os.walk(path):
        os.chmod(directory, 0o755)  # noqa: PTH101


def test_a_git_directory_that_may_not_be_written_is_read_and_an_append_refused(path: Path) -> None:
    before = ids_counted(open_log(path))
    within = without_privilege()
    forbid(path / ".git")
    try:
        read, said = lone_append(path, within=within)
    finally:
        allow(path / ".git")
    assert read == {"read": 1}
    assert said["error"] == "InfraError"
    assert "Permission denied" in said["message"] or "denied" in said["message"].lower()
    assert "write" in said["hint"] or "rights" in said["hint"]
    is_whole(path, before)


def test_a_log_that_cannot_be_healed_says_where_it_may_not_write(path: Path) -> None:
    git(path, "notes", "--ref=kbis", "append", "-m", "by hand", "main")
    shutil.rmtree(path / ".git/kbis")
    within = without_privilege()
    forbid(path / ".git")
    try:
        [said] = lone_append(path, within=within)
    finally:
        allow(path / ".git")
    assert said["error"] == "InfraError"
    assert f"{path}/.git/kbis/lock" in said["message"]
    assert "may write" in said["hint"]


WITNESS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what, const char *old, const char *new)
{
    FILE *out = fopen(getenv("WITNESS"), "a");
    fprintf(out, "%s %s %s\n", what, old, new);
    fclose(out);
}

int fsync(int fd)
{
    char link[64], path[PATH_MAX + 1] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, PATH_MAX) > 0)
        say("fsync", path, "-");
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int rename(const char *old, const char *new)
{
    int done = ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(old, new);
    if (!done)
        say("named", old, new);
    return done;
}

int link(const char *old, const char *new)
{
    int done = ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link"))(old, new);
    if (!done)
        say("named", old, new);
    return done;
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (fd == 1 && memmem(data, size, "\"id\"", 4))
        say("acknowledged", "-", "-");
    return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(fd, data, size);
}
"""


def test_every_object_and_the_ref_are_on_the_disk_before_an_append_is_acknowledged(
    path: Path, tmp_path: Path
) -> None:
    """A library in between sees each fsync: of a file before it gets its name, and of the directory after."""
    source, library, seen = tmp_path / "witness.c", tmp_path / "witness.so", tmp_path / "seen"
    source.write_text(WITNESS)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    before = set((path / ".git/objects").glob("??/*"))
    lone_append(path, "", "durable", LD_PRELOAD=str(library), WITNESS=str(seen))
    rows = [tuple(row.split(" ")) for row in seen.read_text().splitlines()]
    rows = rows[: rows.index(("acknowledged", "-", "-"))]
    new = set((path / ".git/objects").glob("??/*")) - before
    assert len(new) >= 6  # two blobs, two directories, the tree and the commit
    moved = naming(rows, path / ".git" / LOG)
    for made in [*new, path / ".git" / LOG]:
        named = naming(rows, made)
        assert ("fsync", first_name(rows[:named], rows[named][1]), "-") in rows[:named]
        until = len(rows) if made.name == "log" else moved
        assert ("fsync", str(made.parent), "-") in rows[named:until]


def naming(rows: Sequence[tuple[str, ...]], path: Path) -> int:
    """When a file got its name."""
    return next(n for n, (what, _, name) in enumerate(rows) if what == "named" and name == str(path))


def first_name(rows: Sequence[tuple[str, ...]], path: str) -> str:
    """What a file was called when it was made."""
    before = [old for what, old, new in rows if what == "named" and new == path]
    return first_name(rows, before[0]) if before else path


def test_a_signer_is_needed_to_write_and_none_to_read(path: Path) -> None:
    assert ids_counted(open_log(path, None)) == ids_counted(open_log(path, ANN))
