"""Look at this machine: is everything there that the lab needs, and what to do where it is not."""

import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel import environment, process, tools
from kbis.kernel.accel import acceleration
from kbis.kernel.emulator import version as emulator_version
from kbis.kernel.finding import Finding
from kbis.kernel.linux.requirements import LinuxWish, requirements, wanted_bytes

PYTHON_LEAST = (3, 11)
GIT_LEAST = (2, 34)
"""gpg.ssh.allowedSignersFile and namespaces came with git 2.34."""

QEMU_LEAST = (6, 0)
"""The option -action came with QEMU 6.0."""

MAKE_LEAST = (3, 82)
"""Documentation/process/changes.rst of Linux 6.1."""

GIB = 1024**3
DISK_WANTED_BYTES = 5 * GIB
"""A worktree of Linux takes 1.5 GB, a small build of it 0.5 GB, a distribution's some GB."""

_ASK_LIMIT_S = 30.0
_NUMBER = re.compile(r"(\d+)\.(\d+)[\w.+~-]*")


def examine(
    work: Path, cache: Path, program: str = "qemu-system-x86_64", wish: LinuxWish | None = None
) -> list[Finding]:
    """Look at everything the lab needs.

    Args:
        work: The directory for worktrees; its disk is looked at, it need not exist.
        cache: Where the answer of the KVM probe is remembered.
        program: The emulator.
        wish: The Linux that is to be built; None where it is another kernel or none yet.
    """
    of_linux = [for_linux()] if wish is None else requirements(wish)
    space = DISK_WANTED_BYTES if wish is None else wanted_bytes(wish)
    checks: tuple[Callable[[], Finding], ...] = (
        python,
        lambda: versioned("git", "git", GIT_LEAST),
        lambda: versioned("make", "make", MAKE_LEAST),
        compiler,
        lambda: versioned("linker", "ld", (2, 25)),
    )
    after: tuple[Callable[[], Finding], ...] = (
        lambda: qemu(program),
        lambda: kvm(cache, program),
        lambda: disk(work, space),
    )
    return [*(check() for check in checks), *of_linux, *(check() for check in after)]


def python() -> Finding:
    """The Python that runs kbis."""
    enough = sys.version_info[:2] >= PYTHON_LEAST
    hint = "" if enough else f"Use Python {_dotted(PYTHON_LEAST)} or newer."
    return Finding("python", enough, f"Python {platform.python_version()}.", hint)


def versioned(subject: str, program: str, least: tuple[int, int]) -> Finding:
    """A program that says its version, and the oldest one that will do."""
    try:
        said = _ask(program)
    except InfraError as why:
        return Finding(subject, False, str(why), why.hint)
    return _judged(subject, said, least)


def qemu(program: str) -> Finding:
    """The emulator."""
    try:
        return _judged("qemu", emulator_version(program), QEMU_LEAST)
    except InfraError as why:
        return Finding("qemu", False, str(why), why.hint)


def compiler(program: str = "gcc") -> Finding:
    """The compiler: it must make a freestanding 32-bit program, as the demo's kernel is one."""
    try:
        said = _ask(program)
        with tempfile.TemporaryDirectory(prefix="kbis-doctor-") as name:
            (Path(name) / "a.c").write_text("int one(void) { return 1; }\n")
            command = [program, "-m32", "-ffreestanding", "-nostdlib", "-no-pie", "-fno-pie"]
            options = ["-Wl,-m,elf_i386", "-Wl,-e,one", "-o", "a", "a.c"]
            done = process.run(
                [*command, *options], cwd=Path(name), limit_s=_ASK_LIMIT_S, env=environment.for_builds()
            )
    except (InfraError, OSError) as why:
        hint = why.hint if isinstance(why, InfraError) else "Free some space on the disk of temporary files."
        return Finding("compiler", False, str(why), hint)
    if done.status == 0:
        return Finding("compiler", True, f"{said}.")
    trouble = done.output.text().decode("utf-8", "replace").strip().split("\n")[0]
    if platform.machine() not in {"x86_64", "i686"}:
        hint = "The demo needs an x86 compiler; for your own kernel set CROSS_COMPILE in the build command."
    else:
        hint = tools.install_hint(program)
    return Finding("compiler", False, f"{program} cannot make a 32-bit program: {trouble}.", hint)


LINUX_TOOLS = ("bc", "bison", "flex", "perl", "objcopy", "cpio", "xz")
"""Programs that a build of Linux wants beside compiler and make (Documentation/process/changes.rst)."""


def for_linux() -> Finding:
    """What only builds of Linux need; kbis itself works without."""
    lacking = [name for name in LINUX_TOOLS if shutil.which(name) is None]
    if lacking:
        said = f"A build of Linux may want {', '.join(lacking)}, not installed here."
        return Finding("linux", False, said, tools.install_hint(*lacking), required=False)
    cached = "with" if shutil.which("ccache") else "without"
    return Finding("linux", True, f"The tools that a build of Linux wants are here, {cached} ccache.")


def kvm(cache: Path, program: str) -> Finding:
    """Acceleration, found out by booting; kbis works without it, only slower."""
    try:
        found = acceleration(cache, program)
    except InfraError as why:
        return Finding("kvm", False, str(why), why.hint, required=False)
    hint = found.hint or "Nothing to do: guests run in emulation (TCG), only slower." * (found.name == "tcg")
    return Finding("kvm", found.name == "kvm", found.reason, hint, required=False)


def disk(work: Path, wanted_bytes: int = DISK_WANTED_BYTES) -> Finding:
    """Free space where worktrees and builds go."""
    place = next(parent for parent in (work.absolute(), *work.absolute().parents) if parent.exists())
    free = shutil.disk_usage(place).free
    hint = "" if free >= wanted_bytes else f"A Linux worktree and build want {wanted_bytes / GIB:.0f} GiB."
    return Finding("disk", not hint, f"{free / GIB:.1f} GiB are free at {place}.", hint, required=False)


def _ask(program: str) -> str:
    """The first line of what a program says of itself."""
    done = process.run([program, "--version"], cwd=Path("/"), limit_s=_ASK_LIMIT_S)
    lines = done.output.text().decode("utf-8", "replace").splitlines()
    if done.status != 0 or not lines:
        raise InfraError(f"{program} does not run (exit status {done.status}).", tools.install_hint(program))
    return lines[0].strip()


def _judged(subject: str, said: str, least: tuple[int, int]) -> Finding:
    # The last number: distributions put theirs, in parentheses, before it.
    numbers = _NUMBER.findall(re.sub(r"\([^)]*\)", "", said))
    enough = bool(numbers) and (int(numbers[-1][0]), int(numbers[-1][1])) >= least
    return Finding(
        subject, enough, f"{said}.", "" if enough else f"Version {_dotted(least)} or newer is needed."
    )


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
