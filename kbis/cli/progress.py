"""Progress: what a step does, told while it does it."""

from collections.abc import Callable

from kbis.bisect.compare import is_target
from kbis.bisect.decision import Conclusion, Decision, Judgement
from kbis.bisect.fold import Bisection
from kbis.bisect.target import target_of
from kbis.log.kinds import Boot, Build
from kbis.run.step import Listener
from kbis.views.plain import plural, printable, seconds, short
from kbis.views.status import Subject, decision_lines


class Progress(Listener):
    """Writes a line for each thing that happens.

    Args:
        tell: Takes a line.
        subject: Gives a commit's first line.
    """

    def __init__(self, tell: Callable[[str], None], subject: Subject) -> None:
        self._tell = tell
        self._subject = subject
        self._boots = 0
        self._target: str | None = None

    def decided(self, bisection: Bisection, decision: Decision) -> None:
        """Say what is tested next, in git's words where it has some."""
        self._boots = 0
        del bisection
        if not isinstance(decision, Conclusion):
            for line in decision_lines(decision, self._subject):
                self._tell(line)

    def built(self, build: Build) -> None:
        """Say what came of the build."""
        if build.outcome == "ok" and build.signature is not None:
            self._tell(f"  build ok in {seconds(build.duration_ns)}, kernel {short(build.signature)}")
        else:
            self._tell(f"  build {build.outcome}: {printable(build.error or '')}")

    def reused(self, signature: bytes) -> None:
        """Say that no build was needed."""
        self._tell(f"  kernel {short(signature)} is here from before")

    def booted(self, boot: Boot, bisection: Bisection) -> None:
        """Say what the boot showed, and what it means for the target."""
        self._boots += 1
        target = target_of(bisection)
        if target is not None and target.title != self._target:
            self._target = target.title
            self._tell(f"  target: {printable(target.title)}")
        what = ": ".join(filter(None, [boot.outcome, boot.title or boot.error]))
        cut = target is not None and not is_target(boot, target) and boot.outcome != "ok"
        self._tell(
            f"  boot {self._boots}: {printable(what)}" + ("  (not the target; not counted)" if cut else "")
        )

    def judged(self, bisection: Bisection, judgement: Judgement) -> None:
        """Say the verdict."""
        del bisection
        count = f" after {plural(self._boots, 'boot')}" if self._boots else ""
        self._tell(f"  {judgement.verdict}{count}: {printable(judgement.reason)}")
