import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from kbis.errors import InfraError, UserError
from kbis.kernel.userland import initramfs
from kbis.kernel.userland.cpio import File, archive
from kbis.kernel.userland.initramfs import make_initramfs
from kbis.kernel.userland.parts import Compiler, GuestParts, Markers, Reproducer, Userland
from tests.kernel.userland.programs import compiled

needs_cpio = pytest.mark.skipif(shutil.which("cpio") is None, reason="the program cpio is not installed")

SOURCE = Reproducer("repro.c", b"int main(void) { return 3; }\n", args=("one", "two"), limit_s=5)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: init is compiled once."""
    return tmp_path_factory.mktemp("cache")


def unpacked(made: Path, into: Path) -> Path:
    into.mkdir()
    with made.open("rb") as packed:
        subprocess.run(
            ["cpio", "--quiet", "-id", "--no-preserve-owner", "kbis/*", "bin/*", "tmp"],
            stdin=packed,
            cwd=into,
            check=True,
        )
    return into


@needs_cpio
def test_the_archive_has_init_and_the_reproducer_and_what_init_needs_to_know(
    cache: Path, tmp_path: Path
) -> None:
    parts = GuestParts(reproducer=SOURCE, markers=Markers("go", "gone"))
    root = unpacked(make_initramfs(parts, cache), tmp_path / "root")
    assert subprocess.run([root / "kbis/reproducer"], check=False).returncode == 3
    assert (root / "kbis/init").read_bytes().startswith(b"\x7fELF")
    assert (root / "kbis/settings").read_text().splitlines() == [
        *("ready go", "done gone", "limit 5", "run /kbis/reproducer", "run one", "run two"),
    ]
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert not (root / "kbis/busybox").exists()


@needs_cpio
def test_a_guest_for_a_disk_names_the_reproducer_where_the_disk_has_it(cache: Path, tmp_path: Path) -> None:
    parts = GuestParts(Userland(disk=tmp_path / "root.img"), Reproducer("repro.sh", b"true\n"))
    root = unpacked(make_initramfs(parts, cache), tmp_path / "root")
    settings = (root / "kbis/settings").read_text().splitlines()
    assert "root auto" in settings
    assert "run /tmp/kbis/reproducer" in settings
    assert not (root / "kbis/busybox").exists()


@needs_cpio
def test_a_script_comes_with_a_shell(cache: Path, tmp_path: Path) -> None:
    shell = tmp_path / "busybox"
    shell.write_bytes(compiled(tmp_path, "-static"))
    parts = GuestParts(Userland(busybox=shell), Reproducer("repro.sh", b"true\n"))
    root = unpacked(make_initramfs(parts, cache), tmp_path / "root")
    assert (root / "bin/sh").readlink() == Path("/kbis/busybox")
    assert (root / "kbis/busybox").read_bytes() == shell.read_bytes()
    assert "shell yes" in (root / "kbis/settings").read_text().splitlines()


def test_equal_parts_are_made_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_initramfs(GuestParts(reproducer=SOURCE), cache)

    def compiled_again(*_: object, **__: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(initramfs, "compile_program", compiled_again)
    monkeypatch.setattr(initramfs, "prepare", compiled_again)
    assert make_initramfs(GuestParts(reproducer=SOURCE), cache) == first


def test_init_is_compiled_once_for_all_reproducers(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_initramfs(GuestParts(reproducer=SOURCE), cache)

    def compiled_again(*_: object, **__: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(initramfs, "compile_program", compiled_again)
    other = Reproducer("other.c", b"int main(void) { return 4; }\n")
    assert make_initramfs(GuestParts(reproducer=other), cache) != first


def test_two_caches_get_the_same_bytes(cache: Path, tmp_path: Path) -> None:
    one, two = (make_initramfs(GuestParts(reproducer=SOURCE), each) for each in (cache, tmp_path))
    assert one != two
    assert one.read_bytes() == two.read_bytes()


def test_where_booting_is_the_test_there_is_no_reproducer(cache: Path) -> None:
    content = make_initramfs(GuestParts(), cache).read_bytes()
    assert b"kbis/init\0" in content
    assert b"kbis/reproducer\0" not in content


def test_the_users_archive_comes_last_as_it_is(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.cpio.gz"
    own.write_bytes(gzip.compress(archive([File("etc-own", b"mine")])))
    whole = make_initramfs(GuestParts(Userland(initramfs=own), SOURCE), cache).read_bytes()
    assert whole.endswith(own.read_bytes())
    assert b"kbis/init\0" in whole
    assert b"etc/passwd\0" not in whole, "kbis puts nothing over the user's files"


def test_a_changed_archive_of_the_user_is_another_one(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.cpio"
    parts = GuestParts(Userland(initramfs=own), SOURCE)
    own.write_bytes(archive([File("a", b"1")]))
    first = make_initramfs(parts, cache)
    own.write_bytes(archive([File("a", b"2")]))
    assert make_initramfs(parts, cache) != first


def test_the_same_archive_under_another_name_is_the_same(cache: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "own.cpio", tmp_path / "moved.cpio"
    for path in (here, there):
        path.write_bytes(archive([File("a", b"1")]))
    one, two = (make_initramfs(GuestParts(Userland(initramfs=each), SOURCE), cache) for each in (here, there))
    assert one == two


def test_a_file_that_is_no_archive_is_refused(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.cpio"
    with pytest.raises(UserError, match="cannot be read: No such file"):
        make_initramfs(GuestParts(Userland(initramfs=own), SOURCE), cache)
    own.write_bytes(b"hello")
    with pytest.raises(UserError, match=r"own\.cpio is not an initramfs\.$") as told:
        make_initramfs(GuestParts(Userland(initramfs=own), SOURCE), cache)
    assert "newc" in told.value.hint


def test_an_archive_and_a_disk_exclude_each_other(cache: Path, tmp_path: Path) -> None:
    both = Userland(initramfs=tmp_path / "a", disk=tmp_path / "b")
    with pytest.raises(UserError, match="exclude each other"):
        make_initramfs(GuestParts(both, SOURCE), cache)


def test_a_missing_compiler_is_told_before_anything_is_kept(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="no-such-gcc is not installed"):
        make_initramfs(GuestParts(reproducer=SOURCE, compiler=Compiler(("no-such-gcc",))), tmp_path)
    assert not list(tmp_path.iterdir())
