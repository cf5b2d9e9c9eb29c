"""What goes wrong under kbis or beside it: the outcome stays right, a sentence says so, and `kbis run` goes on."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kbis.kernel.guest import debug_exit, guest, say
from kbis.log.kinds import Boot, Build
from kbis.run.key import adopt_key
from kbis.run.session import open_session
from tests.cli.kbis import git, kbis, ok
from tests.kernel.guests import flood
from tests.run.little_linux import MAIN, MAKEFILE, change, little_linux

USER, INFRA = 2, 3

RECIPE = """\
[build]
command = 'sh "{control}" && cp "$KBIS_SOURCE/kernel" kernel'
image = "kernel"
[boot]
memory = 32
timeout = 2
success = "^passed"
failure = ['^FAIL: (\\w+)']
"""

LINUX = '[linux]\nconfig = "allnoconfig"\n'

FLOOD_LIMIT_MIB = 160
"""Of memory while a guest floods the console: kbis itself takes 60, and keeps 2 of a console."""

COMMITS, FIRST_BAD = 3, 1


@dataclass(frozen=True)
class World:
    """A history of small kernels, begun to be bisected; `control` is a script that each build runs first."""

    tree: Path
    control: Path
    work: Path

    def facts(self, kind: type[Build] | type[Boot]) -> list[str]:
        """What came of each build or boot so far."""
        session = open_session(self.tree, write=False, tell=lambda _: None)
        return [each.data.outcome for each in session.bisections()[-1].events if isinstance(each.data, kind)]

    def goes_on_to_the_end(self) -> None:
        said = ok(self.tree, "run")
        assert f"{git(self.tree, 'rev-parse', f'c{FIRST_BAD}').strip()} is the first bad commit" in said


def small_kernel(number: int) -> bytes:
    words = "FAIL: sum\n" if number >= FIRST_BAD else "passed\n"
    return guest(say(words), say(f"release {number}\n"), debug_exit(1))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "tree", tmp_path / "control", tmp_path / "work")
    world.control.write_text("")
    world.tree.mkdir()
    git(world.tree, "init", "-q")
    (world.tree / "kbis.toml").write_text(RECIPE.format(control=world.control))
    for number in range(COMMITS):
        (world.tree / "kernel").write_bytes(small_kernel(number))
        git(world.tree, "add", "-A")
        git(world.tree, "commit", "-q", "-m", f"c{number}")
        git(world.tree, "tag", f"c{number}")
    settle(world.tree, world.work)
    ok(world.tree, "start", f"c{COMMITS - 1}", "c0", "--policy", "git/1", "--boots", "1")
    return world


def settle(tree: Path, work: Path) -> None:
    git(tree, "config", "kbis.accel", "tcg")
    git(tree, "config", "kbis.workDirectory", str(work))
    adopt_key(tree)


@pytest.fixture
def small_disk(world: World) -> Iterator[Path]:
    """A work directory that holds 3 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    world.work.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(world.work)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield world.work
    subprocess.run(["umount", str(world.work)], check=True)


def test_a_disk_that_is_full_in_the_middle_of_a_build_is_the_labs_failure_and_freed_space_is_enough(
    world: World, small_disk: Path
) -> None:
    world.control.write_text("dd if=/dev/zero of=objects bs=64k count=100\n")
    ran = kbis(world.tree, "run")
    assert ran.code == INFRA
    assert "for no fault of the kernel: the disk is full. Free some space" in ran.err
    assert world.facts(Build) == ["infra"]
    world.control.write_text("")
    next(small_disk.glob("*/build/objects")).unlink()
    world.goes_on_to_the_end()
    assert "failed" not in world.facts(Build)


def test_directories_that_are_deleted_during_a_build_or_between_two_are_made_again(world: World) -> None:
    for gone in ("$KBIS_SOURCE", "$KBIS_BUILD", world.work):
        world.control.write_text(f'rm -rf "{gone}"\n')
        ran = kbis(world.tree, "run")
        assert ran.code == INFRA
        assert "for no fault of the kernel" in ran.err
        assert "was deleted" in ran.err
    world.control.write_text("")
    for gone in ("0/build", "0/source", ""):
        ok(world.tree, "step")
        shutil.rmtree(world.work / gone)
    world.goes_on_to_the_end()
    assert world.facts(Build) == [*["infra"] * 3, *["ok"] * COMMITS]


def test_the_work_directory_deleted_during_a_boot_is_made_again(world: World) -> None:
    floods(world)
    running = subprocess.Popen(
        [sys.executable, "-m", "kbis", "run"],
        cwd=world.tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: any(world.work.glob("0/scratch/kbis-boot-*")), running)
    shutil.rmtree(world.work)
    out, err = running.communicate()
    assert running.returncode == 0, err
    assert f"{git(world.tree, 'rev-parse', 'HEAD').strip()} is the first bad commit" in out
    assert {"ok", "hang"} <= set(world.facts(Boot))


def floods(world: World) -> None:
    """Begin another bisection, of two commits: the newer one's kernel prints without end."""
    git(world.tree, "checkout", "-q", "c0")
    (world.tree / "kernel").write_bytes(guest(flood()))
    git(world.tree, "commit", "-q", "-a", "-m", "floods")
    ok(world.tree, "start", "HEAD", "c0", "--policy", "git/1", "--boots", "1")


def wait_for(there: Callable[[], bool], running: subprocess.Popen[str]) -> None:
    while not there():
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)


def test_a_guest_that_floods_the_console_is_ended_at_its_limit_and_costs_no_memory(world: World) -> None:
    floods(world)
    measured = (
        "import re, runpy, sys\n"
        "sys.argv = ['kbis', 'step']\n"
        "try:\n"
        "    runpy.run_module('kbis', run_name='__main__')\n"
        "finally:\n"
        # getrusage(2) would count what the process was before it became this program.
        "    print('used', re.search('VmHWM:\\\\s+(\\\\d+)', open('/proc/self/status').read())[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured], cwd=world.tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert world.facts(Boot) == ["hang"]
    used = re.search(r"used (\d+)", done.stdout)
    assert used is not None
    assert int(used[1]) * 1024 < FLOOD_LIMIT_MIB * 2**20


@pytest.fixture
def linux(tmp_path: Path) -> Path:
    """A little Linux with the tags v0 to v2."""
    tree = tmp_path / "linux"
    little_linux(tree)
    git(tree, "tag", "v0")
    for number in range(1, COMMITS):
        change(tree, {"header.h": f"#define NUMBER {number + 1}\n"}, f"c{number}")
        git(tree, "tag", f"v{number}")
    (tree / "kbis.toml").write_text(LINUX)
    settle(tree, tmp_path / "work")
    return tree


def test_a_build_of_linux_goes_on_after_kill_9(linux: Path, tmp_path: Path) -> None:
    mark = tmp_path / "building"
    slow = MAKEFILE.replace("vmlinux:\n", f"vmlinux:\n\t@test -e {mark} || {{ touch {mark}; sleep 1000; }}\n")
    change(linux, {"Makefile": slow}, "slow")
    ok(linux, "start", "HEAD", "v0", "--policy", "git/1", "--boots", "1")
    running = subprocess.Popen(
        [sys.executable, "-m", "kbis", "step"], cwd=linux, stderr=subprocess.PIPE, text=True
    )
    wait_for(mark.exists, running)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    went_on = kbis(linux, "step")
    assert went_on.code == 0, went_on.err
    assert "build ok" in went_on.err


def test_a_kernel_that_is_too_big_for_its_guest_is_refused_with_the_memory_to_set(linux: Path) -> None:
    change(linux, {"main.c": f"{MAIN}char big[1u << 30];\n"}, "big")
    ok(linux, "start", "HEAD", "v0", "--policy", "git/1", "--boots", "1")
    ran = kbis(linux, "run")
    assert ran.code == USER
    assert re.search(r"needs more than \d+ MiB of memory; the guest has 1024 MiB", ran.err)
    assert "Set memory in [boot] to 4096 or more" in ran.err


def test_a_reproducer_that_does_not_compile_and_a_config_that_does_not_fit_are_refused_at_the_start(
    linux: Path,
) -> None:
    (linux / "repro.c").write_text("int main(void) { return nothing; }\n")
    ran = kbis(linux, "start", "v2", "v0", "--reproducer", "repro.c")
    assert ran.code == USER
    assert "repro.c does not compile: repro.c:1: " in ran.err
    assert "cflags in [test]" in ran.err
    (linux / "arm.config").write_text("# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_NET=y\n")
    ran = kbis(linux, "start", "v2", "v0", "--config", "arm.config")
    assert ran.code == USER
    assert "arm.config is for arm64, and the kernel is made for x86_64" in ran.err
    assert ok(linux, "list") == "", "nothing was begun"


class TestACompilerThatIsMissing:
    """For an old release; the newer ones build."""

    @pytest.fixture
    def stuck(self, linux: Path) -> Path:
        (linux / "kbis.toml").write_text(f'{LINUX}[[linux.toolchain]]\nuntil = "v1"\ncc = "gcc-4.9"\n')
        ok(linux, "start", "v2", "v0", "--policy", "git/1", "--boots", "1", "--target", "hang")
        ok(linux, "bad", "v2", "--why", "it hangs")
        if shutil.which("gcc-4.9"):
            pytest.skip("gcc-4.9 is here")
        ran = kbis(linux, "run")
        assert ran.code == INFRA
        assert "for no fault of the kernel: gcc-4.9 is not installed" in ran.err
        assert f"kbis skip {self.good(linux)[:12]} --why REASON" in ran.err
        return linux

    def good(self, tree: Path) -> str:
        return git(tree, "rev-parse", "v0").strip()

    def test_the_run_goes_on_once_it_is_there(
        self, stuck: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "gcc-4.9").symlink_to(str(shutil.which("gcc")))
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        went_on = kbis(stuck, "step")
        assert went_on.code == 0, went_on.err
        assert "build ok" in went_on.err

    def test_a_revision_that_cannot_be_built_here_can_be_skipped(self, stuck: Path) -> None:
        ok(stuck, "skip", "v0", "--why", "no compiler for it here")
        ran = kbis(stuck, "run")
        assert ran.code == 1, ran.err
        assert "skip: a person said so: no compiler for it here" in ran.out
