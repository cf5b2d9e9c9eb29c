"""See one running QEMU to its end: start the guest, wait, and end it when it does not end by itself."""

from kbis.kernel.console import Console
from kbis.kernel.ending import Stopped
from kbis.kernel.guarded import Guarded
from kbis.kernel.qmp import Monitor
from kbis.kernel.screen import ADDRESS, BYTES, FILE, LOOK_EVERY_S, Screen

START_LIMIT_S = 60.0
"""How long QEMU may take to be there; it does not count as the guest's time."""

NMI_ANSWER_S = 1.0
"""A hanging guest that answers an NMI does so within 0.1 s; it is quiet for this long when it has told all."""

NMI_LIMIT_S = 5.0

DONE_GRACE_S = 2.0
"""How long a guest may take to end after it printed the end marker, and may still crash."""

PANIC_GRACE_S = 3.0
"""How long a guest may go on after it told of a panic: the rest of the report comes in this time."""

QUIET_S = 0.5
"""A line that did not go on for this long, a prompt for instance, is taken as it is."""

QUIT_ANSWER_S = 1.0


class Watch:
    """Sees one running QEMU to its end.

    Attributes:
        stopped: Why kbis ended it; None when it ended by itself.
        nmi_at: How much the guest had printed when it was asked, at the time limit, where it hangs.
    """

    def __init__(
        self,
        qemu: Guarded,
        console: Console,
        monitor: Monitor,
        limit_s: float,
        screen: Screen | None = None,
    ) -> None:
        self._qemu, self._console, self._monitor, self._limit_s = qemu, console, monitor, limit_s
        self._screen = screen
        self._looked_s = self._printed_s = 0.0
        self._printed = 0
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
            self._qemu.turn(min(deadline_s - self._qemu.age_s(), self._look(), QUIET_S))
            self._settle()
        # kbis may have been stopped (Ctrl-Z) over the deadline; what happened meanwhile is there to be read.
        self._qemu.turn(0)
        self._console.settle()
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

    def _settle(self) -> None:
        """Let a line that does not go on count."""
        now_s = self._qemu.age_s()
        if self._console.size != self._printed:
            self._printed, self._printed_s = self._console.size, now_s
        elif now_s - self._printed_s >= QUIET_S:
            self._console.settle()

    def _look(self) -> float:
        """Read what the screen showed at the last look, and look again; return the seconds until the next look."""
        if self._screen is None:
            return float("inf")
        now_s = self._qemu.age_s()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            self._screen.look()
            self._monitor.send("pmemsave", {"val": ADDRESS, "size": BYTES, "filename": FILE})
        return LOOK_EVERY_S

    def _runs_until(self, deadline_s: float) -> bool:
        return self._qemu.status is None and self._qemu.age_s() < deadline_s

    def _deadline(self, limit_s: float) -> float:
        """When the guest is to be ended, as seconds of QEMU's age: sooner once it said that it is at its end."""
        if self._panic_s is None and self._monitor.has("GUEST_PANICKED"):
            self._panic_s = self._qemu.age_s() + PANIC_GRACE_S
        ended = (self._console.done_at, self._console.success_at, self._console.failed_line)
        if self._done_s is None and any(each is not None for each in ended):
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
