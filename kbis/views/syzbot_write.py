"""Writing a bisection as syzbot's log: the same lines, in the same words. Pure.

Only what the events hold is printed. The text that `git` prints for the first bad commit is not kept in the events,
so it does not come back.
"""

import re
from collections.abc import Iterator

from kbis.bisect.fold import Bisection
from kbis.bisect.gitpick import bisecting_line
from kbis.log.event import Event
from kbis.log.kinds import Boot, Build, Claim, Conclude, Verdict

_ORIGIN = re.compile(r"syzbot (cause|fixing) bisection(?:, syzkaller ([0-9a-f]{40}))?")


def origin(direction: str, syzkaller: str) -> str:
    """Return how a start event names where an imported log came from."""
    return f"syzbot {direction} bisection" + (f", syzkaller {syzkaller}" if syzkaller else "")


def write_syzbot_log(bisection: Bisection, report: str = "") -> Iterator[str]:
    """Yield the lines of the log, without newlines.

    Args:
        bisection: The state.
        report: The crash report attached to the conclusion, printed at the end.
    """
    came = _ORIGIN.fullmatch(bisection.terms.origin or "")
    direction = came[1] if came else "cause"
    yield f"bisecting {direction} commit starting from {bisection.bad.hex()}"
    if came and came[2]:
        yield f"building syzkaller on {came[2]}"
    searching = False
    claims = [
        each
        for each in bisection.events
        if isinstance(each.data, Claim) and each.id not in bisection.retracted
    ]
    for event in claims:
        claim = event.data
        assert isinstance(claim, Claim)  # noqa: S101 - chosen so
        if claim.phase.startswith("release "):
            yield f"testing {claim.phase}"
        elif claim.phase == "bisect" and not searching:
            searching = True
            yield _git_start(bisection, event)
        if claim.left is not None and claim.steps is not None:
            yield bisecting_line(claim.left, claim.steps)
            yield f"[{event.object.hex()}] {claim.subject or ''}"
        yield from _tested(bisection, event.object)
        if claim.phase == "bisect":
            verdict = _said(bisection, event.object)
            if verdict:
                yield f"# git bisect {verdict} {event.object.hex()}"
    yield from _ending(bisection, report)


def _tested(bisection: Bisection, revision: bytes) -> Iterator[str]:
    evidence = bisection.of(revision)
    build = next((each.data for each in reversed(evidence.builds) if isinstance(each.data, Build)), None)
    toolchain = f" with {build.toolchain}" if build and build.toolchain else ""
    yield f"testing commit {revision.hex()}{toolchain}"
    if build and build.signature:
        yield f"kernel signature: {build.signature.hex()}"
    if build and build.inputs_of:
        yield f"not built: no file that the build of {build.inputs_of.hex()} read differs"
    if build and build.outcome != "ok":
        yield f"build failed: {build.error or build.outcome}"
    words = [_words(each.data) for each in evidence.boots if isinstance(each.data, Boot)]
    if len(words) > 1 and len(set(words)) == 1:
        yield f"all runs: {words[0]}"
    else:
        yield from (f"run #{at}: {each}" for at, each in enumerate(words))


def _words(boot: Boot) -> str:
    match boot.outcome:
        case "ok":
            return "OK"
        case "crash" | "hang":
            return f"crashed: {boot.title or 'no output from test machine'}"
        case "boot-failed":
            return f"boot failed: {boot.title or boot.error or 'no output'}"
        case "infra":
            return f"infra problem: {boot.error or ''}"
        case "lost":
            return boot.error or "lost connection to test machine"


def _git_start(bisection: Bisection, first: Event) -> str:
    """The ends of the search: the newest bad and the good commits known when its first test was claimed."""
    known = [each for each in bisection.events if each.order < first.order]
    verdicts = {each.object: each.data.verdict for each in known if isinstance(each.data, Verdict)}
    bad = next((each for each in reversed(verdicts) if verdicts[each] == "bad"), bisection.bad)
    goods = [each for each in verdicts if verdicts[each] == "good"] or list(bisection.terms.good)
    return " ".join(["# git bisect start", bad.hex(), *(each.hex() for each in goods)])


def _said(bisection: Bisection, revision: bytes) -> str | None:
    evidence = bisection.of(revision)
    newest = evidence.override or next(iter(reversed(evidence.verdicts)), None)
    return getattr(newest.data, "verdict", None) if newest else None


def _ending(bisection: Bisection, report: str) -> Iterator[str]:
    end = next((each.data for each in reversed(bisection.conclusions)), None)
    if not isinstance(end, Conclude):
        return
    if end.result == "first bad commit" and end.candidates:
        yield f"{end.candidates[0].hex()} is the first bad commit"
    if end.revisions is not None and None not in (end.total_ns, end.build_ns, end.boot_ns):
        times = (go_duration(each or 0) for each in (end.total_ns, end.build_ns, end.boot_ns))
        yield "revisions tested: {}, total time: {} (build: {}, test: {})".format(end.revisions, *times)
    if end.result == "first bad commit" and end.candidates:
        yield f"first bad commit: {end.candidates[0].hex()} {end.subject or ''}".rstrip()
    if end.recipients is not None:
        yield "cc: [" + " ".join(f'"{each}"' for each in end.recipients) + "]"
    if end.title:
        yield f"crash: {end.title}"
        yield from report.splitlines()


def go_duration(nanoseconds: int) -> str:
    """Return a duration as Go's time.Duration prints it, such as `5h23m50.295262123s`; from one second up."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f".{fraction:09d}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{seconds}{tail}"
    return f"{minutes}m{seconds}{tail}" if minutes else f"{seconds}{tail}"
