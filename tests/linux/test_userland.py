"""kbis's init and the archive that it is in, on a real kernel: each way in which a reproducer may end a boot.

The kernel is the machine's own or the one that KBIS_LINUX_KERNEL names; `make test-linux` runs this.
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.kernel.boot import BootFacts, boot
from kbis.kernel.image_size import check_memory, needed_memory
from kbis.kernel.linux.architecture import ARCHITECTURES
from kbis.kernel.outcome import Outcome, read
from kbis.kernel.recipe import BootRecipe
from kbis.kernel.userland.cpio import Directory, archive
from kbis.kernel.userland.disk import disk_arguments
from kbis.kernel.userland.initramfs import make_initramfs
from kbis.kernel.userland.parts import GuestParts, Reproducer, Userland

pytestmark = pytest.mark.linux

LIMIT_S = 90
"""Far more than a boot takes; where a test waits for the limit, it sets a shorter one."""

MEMORY_MIB = 512

HEADERS = """\
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>
"""

Run = Callable[..., tuple[BootFacts, Outcome, str]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guests")


@pytest.fixture
def run(linux_kernel: Path, cache: Path) -> Run:
    def booted(
        reproducer: Reproducer | None,
        userland: Userland = Userland(),  # noqa: B008 - frozen
        *,
        limit_s: float = LIMIT_S,
        cmdline: str = "",
        memory_mib: int = MEMORY_MIB,
    ) -> tuple[BootFacts, Outcome, str]:
        machine = BootRecipe(
            cmdline=f"{ARCHITECTURES['x86_64'].cmdline} quiet {cmdline}".strip(),
            memory_mib=memory_mib,
            qemu=disk_arguments(userland.disk, "pc") if userland.disk is not None else (),
        )
        initrd = make_initramfs(GuestParts(userland, reproducer), cache)
        facts = boot(machine, linux_kernel, initrd, "tcg", limit_s=limit_s)
        return facts, read(facts), said(facts)

    return booted


def said(facts: BootFacts) -> str:
    """What the guest's programs printed: the console without the kernel's lines, which come at any place."""
    text = facts.console.text().decode("utf-8", "replace").replace("\r", "")
    return re.sub(r"\[ *\d+\.\d{6}\] .*\n", "", text)


def c(body: str, limit_s: int | None = None) -> Reproducer:
    return Reproducer("repro.c", f"{HEADERS}int main(void) {{ {body} }}\n".encode(), limit_s=limit_s)


def script(text: str) -> Reproducer:
    if shutil.which("busybox") is None:
        pytest.skip("there is no busybox on this machine")
    return Reproducer("repro.sh", f"#!/bin/sh\n{text}\n".encode())


def test_a_reproducer_that_ends_is_seen_to_its_end(run: Run) -> None:
    facts, outcome, console = run(c('printf("its output"); return 3;'))
    assert (facts.ending, outcome.outcome, outcome.reached) == ("debug-exit", "ok", "end")
    assert console.endswith("@@KBIS READY\nits output\n@@KBIS DONE status=3\n")


def test_without_a_reproducer_the_boot_is_all(run: Run) -> None:
    _, outcome, console = run(None)
    assert (outcome.outcome, outcome.reached) == ("ok", "end")
    assert console.endswith("@@KBIS DONE status=0\n")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("raise(SIGSEGV);", 139),
        ("kill(-1, SIGKILL); kill(1, SIGKILL); kill(1, SIGTERM); kill(1, SIGALRM); kill(1, SIGSTOP); return 7;", 7),
        (
            'for (int i = 0; i < 99; i++) close(i); umount2("/dev", 2); umount2("/proc", 2); return 8;',
            8,
        ),
        ('tcflow(open("/dev/console", O_WRONLY | O_NOCTTY), TCOOFF); return 9;', 9),
        ('ioctl(open("/dev/ttyS0", O_RDWR), TIOCSCTTY, 1); vhangup(); return 10;', 129),
        ('static char b[1 << 20]; int f = creat("big", 0600); while (write(f, b, sizeof b) > 0); return 11;', 11),
    ],
    ids=["a signal", "killing everything", "closing everything", "stopping the console", "hanging up", "disk full"],
)  # fmt: skip
def test_whatever_a_reproducer_does_to_its_guest_init_tells_its_end(run: Run, body: str, status: int) -> None:
    _, outcome, console = run(c(body))
    assert (outcome.outcome, outcome.reached) == ("ok", "end")
    assert console.endswith(f"@@KBIS DONE status={status}\n")


def test_a_fork_bomb_is_ended_with_all_its_children(run: Run) -> None:
    _, outcome, console = run(c("for (;;) if (fork() < 0) sleep(1000);", limit_s=3))
    assert (outcome.outcome, outcome.reached) == ("ok", "end")
    assert console.endswith("@@KBIS DONE status=124\n")


def test_a_panic_is_a_crash_with_its_title(run: Run) -> None:
    _, outcome, _ = run(script("echo c > /proc/sysrq-trigger; sleep 100"))
    assert (outcome.outcome, outcome.reached) == ("crash", "reproducer")
    assert outcome.title == "kernel panic: sysrq triggered crash"


def test_a_message_that_comes_when_the_reproducer_is_gone_is_seen(run: Run) -> None:
    body = 'if (fork()) return 0; while (getppid() != 1) usleep(1000); write(open("/dev/kmsg", 1), "<4>late\\n", 8);'
    facts, _, _ = run(c(body))
    console = facts.console.text()
    assert console.index(b"late") < console.index(b"@@KBIS DONE")


def test_a_reproducer_that_restarts_the_machine_is_told(run: Run) -> None:
    facts, outcome, _ = run(c("reboot(RB_AUTOBOOT); return 0;"))
    assert (facts.ending, outcome.outcome, outcome.title) == ("reset", "crash", "unexpected kernel reboot")


def test_a_reproducer_that_waits_for_ever_ends_at_the_boots_limit(run: Run) -> None:
    facts, outcome, _ = run(c("for (;;) pause();"), limit_s=12)
    assert (facts.ending, outcome.outcome, outcome.reached) == ("time-limit", "hang", "reproducer")


def test_a_script_runs_in_a_guest_with_the_usual_commands(run: Run) -> None:
    _, _, console = run(
        script("pwd; echo $PPID; ls -d /proc/self /dev/null | sort; dmesg | wc -l > /dev/null; exit 5")
    )
    assert console.endswith("@@KBIS READY\n/tmp\n1\n/dev/null\n/proc/self\n\n@@KBIS DONE status=5\n")


def test_a_reproducer_that_floods_the_console_is_ended_and_its_end_is_seen(run: Run) -> None:
    _, outcome, console = run(c('for (;;) puts("flood flood flood flood");', limit_s=2))
    assert (outcome.outcome, outcome.reached) == ("ok", "end")
    assert console.endswith("@@KBIS DONE status=124\n")


def test_a_syzkaller_program_reaches_what_runs_it(run: Run, tmp_path: Path) -> None:
    shown = "int main(int n, char **v) { for (int i = 1; i < n; i++) puts(v[i]); return access(v[1] + 10, X_OK); }"
    made = tmp_path / "shows-its-arguments"
    compiler = ["gcc", "-w", "-static", "-xc", "-", "-o", made]
    subprocess.run(compiler, input=f"{HEADERS}{shown}".encode(), check=True)
    program = b'#{"threaded":true,"procs":2,"sandbox":"none"}\nclose(0xffffffffffffffff)\n'
    _, _, console = run(
        Reproducer("repro.syz", program, args=("-slowdown=10",), syz_execprog=made, syz_executor=made)
    )
    assert "-executor=/kbis/syz-executor\n-sandbox=none\n-procs=2\n-repeat=0\n" in console
    assert console.endswith("-slowdown=10\n/kbis/reproducer\n\n@@KBIS DONE status=0\n")


@pytest.mark.parametrize("packer", ["cat", "gzip -n", "xz --check=crc32", "zstd -q", "lz4 -lq", "bzip2"])
def test_the_users_own_archive_is_unpacked_however_it_is_packed(
    run: Run, tmp_path: Path, packer: str
) -> None:
    for tool in (packer.split()[0], "cpio"):
        if shutil.which(tool) is None:
            pytest.skip(f"the program {tool} is not installed")
    (tmp_path / "root/etc").mkdir(parents=True)
    (tmp_path / "root/etc/own").write_text("the user's own")
    command = f"find . | cpio --quiet -o -H newc | {packer} > ../own"
    subprocess.run(["sh", "-c", command], cwd=tmp_path / "root", check=True)
    source = 'char b[99] = ""; read(open("/etc/own", O_RDONLY), b, 98); puts(b); return 0;'
    _, outcome, console = run(c(source), Userland(initramfs=tmp_path / "own"))
    assert outcome.outcome == "ok"
    assert "the user's own" in console


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    mke2fs = shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin")
    busybox = shutil.which("busybox")
    if mke2fs is None or busybox is None:
        pytest.skip("mke2fs or busybox is not installed")
    for name in ("bin", "etc", "proc", "sys", "dev", "run", "tmp"):
        (tmp_path / "root" / name).mkdir(parents=True)
    shutil.copy(busybox, tmp_path / "root/bin/busybox")
    for name in ("sh", "cat"):
        (tmp_path / "root/bin" / name).symlink_to("busybox")
    (tmp_path / "root/etc/issue").write_text("from the disk\n")
    image = tmp_path / "a, root.img"
    subprocess.run([mke2fs, "-q", "-t", "ext4", "-d", "root", image, "32M"], cwd=tmp_path, check=True)
    return image


def test_a_script_runs_on_the_users_disk_and_what_it_writes_is_forgotten(run: Run, disk: Path) -> None:
    before = disk.read_bytes()
    text = "#!/bin/sh\ncat /etc/issue; echo written > /mark; cat /mark; exit 6\n"
    _, outcome, console = run(Reproducer("repro.sh", text.encode()), Userland(disk=disk))
    if "kbis: no root file system" in console:
        pytest.skip("this kernel has no driver for a disk, or no ext4, built in")
    assert console.endswith("from the disk\nwritten\n\n@@KBIS DONE status=6\n")
    assert (outcome.outcome, outcome.reached) == ("ok", "end")
    assert disk.read_bytes() == before


def test_a_disk_without_a_root_is_a_failed_boot_that_says_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.img").write_bytes(bytes(1 << 20))
    _, outcome, console = run(c("return 0;"), Userland(disk=tmp_path / "empty.img"))
    assert (outcome.outcome, outcome.reached) == ("boot-failed", "kernel")
    assert outcome.title == "boot error: no root file system on any disk"
    assert "kbis: no root file system on any disk\nkbis: /proc/partitions:\n" in console


def test_a_reproducer_that_cannot_be_run_is_no_evidence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own").write_bytes(archive([Directory("etc")]))
    _, outcome, console = run(Reproducer("repro", b"#!/bin/nothere\n"), Userland(initramfs=tmp_path / "own"))
    assert outcome.outcome == "lost"
    assert "kbis: /kbis/reproducer cannot be run: No such file or directory" in console


def test_memory_that_is_refused_is_too_small_indeed(run: Run, linux_kernel: Path, cache: Path) -> None:
    needed = needed_memory(linux_kernel, make_initramfs(GuestParts(), cache))
    assert 0 < needed < MEMORY_MIB, "it must not be refused what it boots with"
    with pytest.raises(UserError):
        check_memory(linux_kernel, None, needed - 8)
    _, outcome, _ = run(None, memory_mib=needed - 8, limit_s=20)
    assert outcome.outcome == "boot-failed"
