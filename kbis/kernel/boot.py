"""Run one virtual machine to its end and say what was seen."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kbis.kernel import emulator
from kbis.kernel.bounded import KIB, Collector, Limits, Output
from kbis.kernel.console import Console
from kbis.kernel.ending import Ending, Stopped, ending, errors
from kbis.kernel.process import Guarded
from kbis.kernel.qemu import IMAGE, INITRD, Accelerator, command_line
from kbis.kernel.qmp import Monitor
from kbis.kernel.recipe import BootRecipe
from kbis.kernel.slot import unusable

START_LIMIT_S = 60.0
"""How long QEMU may take to be there; it does not count as the guest's time."""

NMI_ANSWER_S = 1.0
"""A hanging guest that answers an NMI does so within 0.1 s; it is quiet for this long when it has told all."""

NMI_LIMIT_S = 5.0

DONE_GRACE_S = 2.0
"""How long a guest may take to end after it printed the end marker, and may still crash."""

PANIC_GRACE_S = 3.0
"""How long a guest may go on after it told of a panic: the rest of the report comes in this time."""

QUIT_ANSWER_S = 1.0

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


def boot(
    recipe: BootRecipe,
    image: Path,
    initrd: Path | None,
    accelerator: Accelerator,
    *,
    limit_s: float | None = None,
) -> BootFacts:
    """Boot an image once.

    Args:
        recipe: The machine and the kernel's command line.
        image: The kernel.
        initrd: The initramfs, or the reproducer of a kernel that takes it as a multiboot module.
        accelerator: "kvm" or "tcg".
        limit_s: Seconds from power-on until it is ended; by default the recipe's.

    Raises:
        InfraError: the emulator is not installed or could not be started.
    """
    named = emulator.version(recipe.emulator)
    console, complaints = Console(recipe.ready, recipe.done), Collector(_COMPLAINTS)
    monitor = Monitor()
    try:
        descriptor = monitor.theirs.fileno()
        command = command_line(recipe, accelerator, descriptor, initrd=initrd is not None)
        with (
            _directory(image, initrd) as directory,
            Guarded(command, cwd=directory, passed=[descriptor], split_stderr=True) as qemu,
        ):
            monitor.theirs.close()
            qemu.watch(qemu.stdout, console.feed)
            qemu.watch(qemu.stderr, complaints.feed)
            qemu.watch(monitor.socket.fileno(), monitor.feed)
            watch = _Watch(qemu, console, monitor, recipe.timeout_s if limit_s is None else limit_s)
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
    )


class _Watch:
    """Sees one running QEMU to its end."""

    def __init__(self, qemu: Guarded, console: Console, monitor: Monitor, limit_s: float) -> None:
        self._qemu, self._console, self._monitor, self._limit_s = qemu, console, monitor, limit_s
        self._panic_s: float | None = None
        self._done_s: float | None = None
        self.stopped: Stopped | None = None
        self.nmi_at: int | None = None

    def run(self) -> None:
        """Start the guest, watch it, and end it when it does not end by itself."""
        while self._runs_until(START_LIMIT_S) and not self._monitor.greeted:
            self._qemu.turn(START_LIMIT_S - self._qemu.age_s())
        if not self._monitor.greeted:
            return
        self._monitor.send("qmp_capabilities")
        self._monitor.send("cont")
        limit_s = self._qemu.age_s() + self._limit_s
        while self._runs_until(deadline_s := self._deadline(limit_s)):
            self._qemu.turn(deadline_s - self._qemu.age_s())
        if self._qemu.status is not None:
            return
        if self._panic_s is not None:
            self.stopped = "panic"
        elif self._done_s is not None:
            self.stopped = "done"
        else:
            self.stopped = "time-limit"
            self._ask_where_it_hangs()
        self._monitor.send("quit")
        quit_s = self._qemu.age_s() + QUIT_ANSWER_S
        while self._runs_until(quit_s):
            self._qemu.turn(quit_s - self._qemu.age_s())

    def _runs_until(self, deadline_s: float) -> bool:
        return self._qemu.status is None and self._qemu.age_s() < deadline_s

    def _deadline(self, limit_s: float) -> float:
        """When the guest is to be ended, as seconds of QEMU's age: sooner once it said that it is at its end."""
        if self._panic_s is None and self._monitor.has("GUEST_PANICKED"):
            self._panic_s = self._qemu.age_s() + PANIC_GRACE_S
        if self._done_s is None and self._console.done_at is not None:
            self._done_s = self._qemu.age_s() + DONE_GRACE_S
        return next(at for at in (self._panic_s, self._done_s, limit_s) if at is not None)

    def _ask_where_it_hangs(self) -> None:
        """Send an NMI, on which Linux with `unknown_nmi_panic` panics with the stack of what was running."""
        self.nmi_at = self._console.size
        self._monitor.send("inject-nmi")
        asked_s = quiet_s = self._qemu.age_s()
        size = self._console.size
        while self._runs_until(min(asked_s + NMI_LIMIT_S, quiet_s + NMI_ANSWER_S)):
            self._qemu.turn(NMI_ANSWER_S / 10)
            if self._console.size != size:
                size, quiet_s = self._console.size, self._qemu.age_s()


@contextmanager
def _directory(image: Path, initrd: Path | None) -> Iterator[Path]:
    """A directory with the two files under their fixed names."""
    try:
        made = tempfile.TemporaryDirectory(prefix="kbis-boot-", ignore_cleanup_errors=True)
        (Path(made.name) / IMAGE).symlink_to(image.absolute())
        if initrd is not None:
            (Path(made.name) / INITRD).symlink_to(initrd.absolute())
    except OSError as why:
        raise unusable(Path(tempfile.gettempdir()), why) from why
    with made:
        yield Path(made.name)
