"""Two ways to find one commit: `git bisect run` with a plain script, and `kbis run`; same flags, same QEMU line."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from kbis.kernel.environment import FIXED_FOR_BUILDS
from kbis.kernel.qemu import command_line
from kbis.kernel.recipe import Recipe
from tests.cli.kbis import git, ok
from tests.linux.repository import Linux
from tests.linux.running import RECIPE, begin, cpu_s, events, of_kind, run

SCRIPT = Path(__file__).parent / "script.sh"
BOOTS = 10
FOUND = re.compile(r"^([0-9a-f]{40}) is the first bad commit", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """What one of them did.

    Attributes:
        who: Its name.
        answer: The commit it names; None when it names none.
        right: Whether that is the planted one.
        first_s: Seconds for the bad end's kernel, made before the clocks below start.
        wall_s: Seconds from the two ends to the answer.
        cpu_s: Processor seconds for that.
        builds: Builds, of which `failed` failed and `spared` were not run.
        boots: Boots.
    """

    who: str
    answer: str | None
    right: bool
    first_s: float
    wall_s: float
    cpu_s: float
    builds: int
    failed: int
    spared: int
    boots: int


def kbis_run(linux: Linux, where: Path, ccache: Path, recipe: Path) -> Result:
    """Bisect with kbis in a new clone; the clone keeps what `script_run` needs."""
    linux.clone(where)
    os.environ["CCACHE_DIR"] = str(ccache)
    began = time.monotonic()
    ok(where, "key")
    subprocess.run(
        [sys.executable, "-m", "kbis", "test", linux.bad, "--recipe", str(recipe), "--boots", "1"],
        cwd=where,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    first, spent = time.monotonic(), cpu_s()
    begin(where, linux.bad, linux.good, recipe)
    said, _ = run(where).communicate()
    ended = time.monotonic()
    log = events(where)
    builds = of_kind(log, "build")
    spared = sum("inputs_of" in each["data"] for each in builds)
    return Result(
        "kbis run",
        *_judged(said, linux),
        first - began,
        ended - first,
        cpu_s() - spent,
        len(builds) - spared,
        sum(each["data"]["outcome"] != "ok" for each in builds),
        spared,
        len(of_kind(log, "boot")),
    )


def script_run(linux: Linux, where: Path, ccache: Path, kbis_clone: Path) -> Result:
    """Bisect with `git bisect run` in a new clone, with the config and the initramfs that kbis made."""
    linux.clone(where)
    build, boot = where.parent / f"{where.name}-build", where.parent / f"{where.name}-boot"
    counts = where.parent / f"{where.name}-counts"
    build.mkdir()
    boot.mkdir()
    work = kbis_clone / ".git" / "kbis" / "work"
    (build / ".config").write_bytes((work / "0" / "build" / ".config").read_bytes())
    (initramfs,) = (work / "guests").glob("initramfs-*")
    (boot / "initrd").symlink_to(initramfs)
    (boot / "kernel").symlink_to(build / "vmlinux")
    jobs = os.cpu_count() or 1
    compiler = "ccache gcc" if shutil.which("ccache") else "gcc"
    environment = os.environ | FIXED_FOR_BUILDS
    environment |= {
        "BENCH_BUILD": str(build),
        "BENCH_BOOT": str(boot),
        "BENCH_MAKE": f"make -s -j{jobs} O={shlex.quote(str(build))} ARCH=x86_64 CC='{compiler}'",
        "BENCH_QEMU": shlex.join(qemu_line()),
        "BENCH_BOOTS": str(BOOTS),
        "BENCH_COUNTS": str(counts),
        "CCACHE_DIR": str(ccache),
    }
    git(where, "checkout", "-q", "--detach", linux.bad)
    began = time.monotonic()
    for target in ("olddefconfig", "vmlinux"):
        subprocess.run(
            ["sh", "-c", f"{environment['BENCH_MAKE']} {target}"],
            cwd=where,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    first, spent = time.monotonic(), cpu_s()
    git(where, "bisect", "start", linux.bad, linux.good)
    done = subprocess.run(
        ["git", "bisect", "run", str(SCRIPT)],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    ended = time.monotonic()
    counted = counts.read_text().split()
    return Result(
        "git bisect run",
        *_judged(done.stdout, linux),
        first - began,
        ended - first,
        cpu_s() - spent,
        counted.count("build"),
        counted.count("failed"),
        0,
        counted.count("boot"),
    )


def qemu_line() -> tuple[str, ...]:
    """The line that kbis boots with, but for the monitor, for which a script has no use."""
    recipe = Recipe.from_toml(RECIPE.read_text(), str(RECIPE))
    words = command_line(recipe.boot, "tcg", 0, initrd=True)
    monitor = words.index("-chardev", words.index("-chardev") + 1)
    return tuple(word for at, word in enumerate(words) if word != "-S" and not monitor <= at < monitor + 4)


def recipe_that_repeats(seconds: int, directory: Path) -> Path:
    """The test's recipe, with a reproducer that runs for some seconds, as those of syzkaller do."""
    for file in RECIPE.parent.iterdir():
        shutil.copy(file, directory)
    recipe = directory / RECIPE.name
    recipe.write_text(recipe.read_text() + f'cflags = ["-DREPEAT_S={seconds}"]\n')
    return recipe


def _judged(said: str, linux: Linux) -> tuple[str | None, bool]:
    found = FOUND.search(said)
    return (found[1] if found else None), found is not None and found[1] == linux.culprit
