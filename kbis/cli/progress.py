"""Progress: what a step does, told while it does it; one character a boot."""

import time
from collections.abc import Callable, Iterable, Mapping

from kbis.bisect.compare import is_target
from kbis.bisect.decision import Conclusion, Decision, Judgement, Test, Wait
from kbis.bisect.fold import Bisection
from kbis.bisect.suspects import Suspects
from kbis.bisect.target import target_of
from kbis.log.kinds import Boot, Build, Target
from kbis.run.step import Listener
from kbis.views.being_tested import claim_lines
from kbis.views.decision_text import Subject, decision_lines
from kbis.views.event_text import not_built
from kbis.views.plain import printable, seconds, short
from kbis.views.suspects_text import next_words, short_words

LEGEND = "Boots: . passed, X the target, o another crash, - did not boot, ? lost to the lab."


class Progress(Listener):
    """Writes what happens as it happens.

    Args:
        write: Takes text; lines end where the text says so.
        subject: Gives a commit's first line.
        signers: Gives who signed each event, as of now.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        subject: Subject,
        signers: Callable[[], Mapping[bytes, str]] = dict,
    ) -> None:
        self._write = write
        self._subject = subject
        self._signers = signers
        self._in_boots = False
        self._explained = False
        self._named: set[str] = set()
        self._waiting = False
        self._at: tuple[bytes, str] | None = None
        self._introduced: set[bytes] = set()
        self._known = False

    def decided(self, bisection: Bisection, decision: Decision, suspects: Suspects | None) -> None:
        """Say what is tested next and why; more boots of the same are no news."""
        if not self._explained:
            self._line(LEGEND)
            self._explained = True
        if isinstance(decision, Wait) and self._waiting:
            return
        self._waiting = isinstance(decision, Wait)
        before, self._at = self._at, None
        if isinstance(decision, Test):
            self._at = decision.revision, decision.phase
            self._known = decision.revision in self._introduced
            if self._at != before:
                self._turn_to(decision, suspects)
            return
        self._end_row()
        if not isinstance(decision, Conclusion):
            self._lines(decision_lines(decision, self._subject))
        if isinstance(decision, Wait):
            now_ms = time.time_ns() // 1_000_000
            self._lines(claim_lines(bisection, self._signers(), now_ms, decision.revisions))

    def built(self, build: Build) -> None:
        """Say what came of the build."""
        if build.inputs_of is not None:
            self._line(f"  no build, {not_built(build)}")
        elif build.outcome == "ok" and build.signature is not None:
            self._line(f"  build ok in {seconds(build.duration_ns)}, kernel {short(build.signature)}")
        else:
            self._line(f"  build {build.outcome}: {printable(build.error or '')}")

    def reused(self, signature: bytes) -> None:
        """Say that no build was needed."""
        if not self._known:
            self._line(f"  kernel {short(signature)} is here from before")

    def booted(self, boot: Boot, bisection: Bisection) -> None:
        """Add the boot's mark, and name a title when it is first seen."""
        target = target_of(bisection)
        if not self._in_boots:
            self._write("  boots ")
            self._in_boots = True
        self._write(_mark(boot, target))
        title = boot.title or boot.error
        if title and title not in self._named:
            self._named.add(title)
            self._write(f" {printable(title)}\n")
            self._in_boots = False

    def judged(self, bisection: Bisection, revision: bytes, judgement: Judgement) -> None:
        """Say the verdict, and of whom if it is not the revision at hand."""
        del bisection
        whose = "" if self._at is not None and self._at[0] == revision else f"{short(revision)} is "
        self._line(f"  {whose}{judgement.verdict}: {printable(judgement.reason)}")

    def _turn_to(self, test: Test, suspects: Suspects | None) -> None:
        """Introduce a revision; one that was introduced before is named in short."""
        why = ""
        if test.left is not None and suspects is not None:
            why = f"{next_words(suspects)} {short_words(suspects)}"
        if self._known and why:
            self._line(f"Back to {short(test.revision)}. {why}")
            return
        self._introduced.add(test.revision)
        self._lines(decision_lines(test, self._subject))
        if why:
            self._line(f"  {why}")

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._line(line)

    def _line(self, text: str) -> None:
        self._end_row()
        self._write(text + "\n")

    def _end_row(self) -> None:
        if self._in_boots:
            self._write("\n")
            self._in_boots = False


def _mark(boot: Boot, target: Target | None) -> str:
    if target is not None and is_target(boot, target):
        return "X"
    match boot.outcome:
        case "ok":
            return "."
        case "boot-failed":
            return "-"
        case "infra":
            return "?"
        case "crash" | "hang" | "lost":
            return "o"
