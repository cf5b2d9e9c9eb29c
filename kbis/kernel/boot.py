"""Run one virtual machine to its end and say what was seen."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kbis.kernel import emulator
from kbis.kernel.bounded import KIB, Collector, Limits, Output
from kbis.kernel.console import Console
from kbis.kernel.dialogue import Dialogue
from kbis.kernel.ending import Ending, ending, errors
from kbis.kernel.guarded import Guarded
from kbis.kernel.qemu import IMAGE, INITRD, SCREEN, Accelerator, command_line
from kbis.kernel.qmp import Monitor
from kbis.kernel.recipe import BootRecipe
from kbis.kernel.screen import FILE, Screen
from kbis.kernel.side_by_side import Stop
from kbis.kernel.slot import unusable
from kbis.kernel.watch import Watch

_COMPLAINTS = Limits(64 * KIB, 64 * KIB)


@dataclass(frozen=True, slots=True)
class BootFacts:
    """What was seen of one boot.

    Attributes:
        ending: How it ended.
        console: What the guest printed on its serial port.
        ready_at: Byte offset in the console behind the ready marker; None when it did not come.
        done_at: Byte offset behind the end marker; None when it did not come.
        nmi_at: Byte offset at which the guest was asked by NMI, at the time limit, where it hangs; else None.
        duration_ns: From the start of QEMU to its end.
        accelerator: "kvm" or "tcg".
        emulator: The emulator's name and version.
        status: QEMU's exit status.
        error: What QEMU itself complained of, one line; "" when nothing.
        success_at: Byte offset at which the recipe's success pattern had been seen; None when it did not come.
        failed_line: The first line that one of the recipe's failure patterns was found in; None without one.
    """

    ending: Ending
    console: Output
    ready_at: int | None
    done_at: int | None
    nmi_at: int | None
    duration_ns: int
    accelerator: Accelerator
    emulator: str
    status: int
    error: str
    success_at: int | None = None
    failed_line: bytes | None = None


def boot(
    recipe: BootRecipe,
    image: Path,
    initrd: Path | None,
    accelerator: Accelerator,
    *,
    limit_s: float | None = None,
    scratch: Path | None = None,
    stop: Stop | None = None,
) -> BootFacts:
    """Boot an image once.

    Args:
        recipe: The machine and the kernel's command line.
        image: The kernel.
        initrd: The initramfs, or the reproducer of a kernel that takes it as a multiboot module.
        accelerator: "kvm" or "tcg".
        limit_s: Seconds from power-on until it is ended; by default the recipe's.
        scratch: Where the boot may have a directory of its own; by default that of temporary files.
        stop: Ends the boot without a result.

    Raises:
        InfraError: the emulator is not installed or could not be started.
        StoppedError: the stop was said.
    """
    named = emulator.version(recipe.emulator)
    console, complaints = (
        Console(recipe.ready, recipe.done, recipe.success, recipe.failure),
        Collector(_COMPLAINTS),
    )
    monitor = Monitor()
    try:
        descriptor = monitor.theirs.fileno()
        command = command_line(recipe, accelerator, descriptor, initrd=initrd is not None)
        with (
            _directory(image, initrd, scratch) as directory,
            _keyboard(recipe) as (typed, keyboard),
            Guarded(command, cwd=directory, passed=[descriptor], split_stderr=True, stdin=typed) as qemu,
        ):
            monitor.theirs.close()
            dialogue = Dialogue(recipe.inputs, keyboard)

            def printed(piece: bytes) -> None:
                console.feed(piece)
                dialogue.feed(piece)

            screen = Screen(directory / FILE, printed) if recipe.console == SCREEN else None
            qemu.watch(qemu.stdout, printed)
            qemu.watch(qemu.stderr, complaints.feed)
            qemu.watch(monitor.socket.fileno(), monitor.feed)
            if stop is not None:
                qemu.stop_on(stop)
            watch = Watch(qemu, console, monitor, recipe.timeout_s if limit_s is None else limit_s, screen)
            watch.run()
            status = qemu.stop()
    finally:
        monitor.close()
    said = complaints.output().text()
    return BootFacts(
        ending=ending(status, monitor, said, watch.stopped),
        console=console.output(),
        ready_at=console.ready_at,
        done_at=console.done_at,
        nmi_at=watch.nmi_at,
        duration_ns=qemu.duration_ns,
        accelerator=accelerator,
        emulator=named,
        status=status,
        error=errors(said),
        success_at=console.success_at,
        failed_line=console.failed_line,
    )


@contextmanager
def _keyboard(recipe: BootRecipe) -> Iterator[tuple[int, int]]:
    """The standard input for QEMU, and where to type for it to arrive there; nothing where nothing is typed."""
    if not recipe.inputs:
        yield subprocess.DEVNULL, -1
        return
    typed, keyboard = os.pipe()
    os.set_blocking(keyboard, False)
    try:
        yield typed, keyboard
    finally:
        for end in (typed, keyboard):
            with contextlib.suppress(OSError):
                os.close(end)


@contextmanager
def _directory(image: Path, initrd: Path | None, scratch: Path | None) -> Iterator[Path]:
    """A directory with the two files under their fixed names."""
    try:
        if scratch is not None:
            scratch.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix="kbis-boot-", dir=scratch, ignore_cleanup_errors=True)
        (Path(made.name) / IMAGE).symlink_to(image.absolute())
        if initrd is not None:
            (Path(made.name) / INITRD).symlink_to(initrd.absolute())
    except OSError as why:
        raise unusable(scratch or Path(tempfile.gettempdir()), why) from why
    with made:
        yield Path(made.name)
