"""What a guest is made of, as values: the userland, the reproducer, the compiler, the markers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from kbis.kernel.recipe import DONE, READY

Kind = Literal["c", "script", "binary", "syzkaller"]
"""C source; a script with an interpreter in the guest; an ELF program; a program in syzkaller's notation."""

RDINIT: Final = "rdinit=/kbis/init"
"""What the kernel's command line must have, so that the kernel starts kbis's init in whatever initramfs it got."""

ELF_MACHINES: Final[dict[str, tuple[int, ...]]] = {
    "x86_64": (62, 3),
    "i386": (3,),
    "arm64": (183, 40),
    "arm": (40,),
    "riscv": (243,),
    "powerpc": (21, 20),
    "s390": (22,),
    "mips": (8,),
    "loongarch": (258,),
}
"""The kernel's ARCH to the e_machine values (elf(5), elf.h) of programs that it can run, its own first."""


@dataclass(frozen=True, slots=True)
class Userland:
    """What the guest has beside the reproducer.

    Attributes:
        initramfs: The user's own archive, compressed or not; the reproducer runs in it.
        disk: The user's own disk image, raw or qcow2; the reproducer runs in its root file system. Excludes
            `initramfs`.
        busybox: A static busybox for the guest; by default the machine's, and only where a shell is needed.
        arch: The kernel's ARCH, one of `ELF_MACHINES`.
    """

    initramfs: Path | None = None
    disk: Path | None = None
    busybox: Path | None = None
    arch: str = "x86_64"


@dataclass(frozen=True, slots=True)
class Reproducer:
    """What is run in the guest.

    Attributes:
        name: Its file name, for error sentences; the extension helps to tell what it is.
        content: Its bytes.
        cflags: More arguments for the compiler of C source.
        args: Arguments for the reproducer; those of a syzkaller program are more flags for syz-execprog.
        syz_execprog: The program that runs syzkaller programs; needed for those only.
        syz_executor: The program that it needs besides; None where it has that built in.
        limit_s: Seconds, in the guest's time, after which init ends the reproducer and counts it as over; None to
            wait until the boot's time limit. Reproducers that repeat for ever (most of syzkaller's do) need it: with
            it a good kernel ends the boot well, and only a kernel that hangs reaches the boot's time limit.
    """

    name: str
    content: bytes
    cflags: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    syz_execprog: Path | None = None
    syz_executor: Path | None = None
    limit_s: int | None = None


@dataclass(frozen=True, slots=True)
class Compiler:
    """The compiler for programs of the guest.

    Attributes:
        command: The program and its fixed arguments, such as `("aarch64-linux-gnu-gcc",)`.
    """

    command: tuple[str, ...] = ("gcc",)


@dataclass(frozen=True, slots=True)
class Markers:
    """What init prints when the reproducer is about to run, and when it has ended."""

    ready: str = READY
    done: str = DONE


@dataclass(frozen=True, slots=True)
class GuestParts:
    """All that a guest is made of; equal parts give an equal archive.

    `reproducer` is None where booting is the test: then init only says that it was reached.
    """

    userland: Userland = field(default_factory=Userland)
    reproducer: Reproducer | None = None
    compiler: Compiler = field(default_factory=Compiler)
    markers: Markers = field(default_factory=Markers)
