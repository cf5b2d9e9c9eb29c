"""Reading a bisection log of syzbot into facts. Pure.

The lines are printed by google/syzkaller pkg/bisect/bisect.go and by the git it runs. The form of 2019 and today's
(compiler on a line of its own, `, types: [...]` after a title) are both read. Lines that carry no fact are passed
over: the whole text is kept as an attachment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from kbis.log.kinds import Boot

_OID = r"([0-9a-f]{40})"
_FROM = re.compile(rf"bisecting (cause|fixing) commit (?:starting from|since) {_OID}")
_SYZKALLER = re.compile(rf"building syzkaller on {_OID}")
_RELEASE = re.compile(r"testing release (\S+)")
_TESTING = re.compile(rf"testing commit {_OID}(?: (?:with )?(.+))?")
_COMPILER = re.compile(r"compiler: (.+)")
_SIGNATURE = re.compile(r"kernel signature: ([0-9a-f]{64}|[0-9a-f]{40})")
_ALL_RUNS = re.compile(r"all runs: (.+)")
_RUN = re.compile(r"run #(\d+): (.+)")
_VERDICT = re.compile(rf"# git bisect (good|bad|skip) {_OID}")
_LEFT = re.compile(r"Bisecting: (\d+) revisions? left to test after this \(roughly (\d+) steps?\)")
_NEXT = re.compile(rf"\[{_OID}\] (.*)")
_TOTALS = re.compile(r"revisions tested: (\d+), total time: (\S+) \(build: (\S+), test: (\S+)\)")
_CULPRIT = re.compile(rf"first (?:bad|good) commit: {_OID} (.*)")
_RECIPIENTS = re.compile(r"cc: \[(.*)\]")
_CRASH = re.compile(r"crash: (.+)")
_TYPES = re.compile(r", types: \[[^\]]*\]$")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(\d+)(?:\.(\d{1,9}))?s")

ALL_RUNS = 10
"""How many runs `all runs:` stands for; twenty for the first commit in today's syzkaller, which says so nowhere."""


class NotASyzbotLogError(ValueError):
    """The text is not a bisection log of syzbot; the message says what is missing."""


@dataclass(frozen=True)
class Tested:
    """One revision's test. `verdict` is what syzbot said or did next; `reason` tells which."""

    revision: bytes
    phase: str
    toolchain: str = ""
    signature: bytes | None = None
    boots: tuple[Boot, ...] = ()
    verdict: str | None = None
    reason: str = ""
    left: int | None = None
    steps: int | None = None
    subject: str | None = None


@dataclass(frozen=True)
class SyzbotLog:
    """What a log says. Durations are nanoseconds."""

    start: bytes
    direction: str
    syzkaller: str
    tested: tuple[Tested, ...]
    culprit: bytes | None = None
    subject: str | None = None
    revisions: int | None = None
    total_ns: int | None = None
    build_ns: int | None = None
    test_ns: int | None = None
    recipients: tuple[str, ...] | None = None
    crash: str | None = None
    report: bytes = b""


def read_syzbot_log(text: str) -> SyzbotLog:
    """Read a log.

    Raises:
        NotASyzbotLogError: it does not begin like one, or holds no test.
    """
    lines = text.splitlines()
    beginnings = [found for line in lines if (found := _FROM.match(line))]
    if len(beginnings) > 1:
        raise NotASyzbotLogError(f"it holds {len(beginnings)} logs; import them one by one")
    begun = next(iter(beginnings), None)
    if begun is None:
        raise NotASyzbotLogError('there is no line "bisecting cause commit starting from COMMIT"')
    syzkaller = next((found[1] for line in lines if (found := _SYZKALLER.match(line))), "")
    tested = tuple(_with_verdicts(_tests(lines), lines))
    if not tested:
        raise NotASyzbotLogError('there is no line "testing commit COMMIT"')
    log = SyzbotLog(bytes.fromhex(begun[2]), begun[1], syzkaller, tested)
    return _ending(log, lines)


def _tests(lines: list[str]) -> Iterator[Tested]:
    phase, left, subject = "start", (None, None), None
    current: Tested | None = None
    for line in lines:
        if found := _TESTING.match(line):
            if current is not None:
                yield current
            current = Tested(
                bytes.fromhex(found[1]), phase, found[2] or "", left=left[0], steps=left[1], subject=subject
            )
            phase, left, subject = "bisect", (None, None), None
        elif found := _RELEASE.match(line):
            phase = f"release {found[1]}"
        elif found := _LEFT.match(line):
            left = (int(found[1]), int(found[2]))  # type: ignore[assignment]
        elif found := _NEXT.fullmatch(line):
            subject = found[2]
        elif current is not None:
            current = _detail(current, line)
    if current is not None:
        yield current


def _detail(current: Tested, line: str) -> Tested:
    if found := _COMPILER.fullmatch(line):
        return replace(current, toolchain=found[1])
    if found := _SIGNATURE.match(line):
        return replace(current, signature=bytes.fromhex(found[1]))
    if found := _ALL_RUNS.fullmatch(line):
        return replace(current, boots=(_boot(found[1]),) * ALL_RUNS)
    if found := _RUN.fullmatch(line):
        return replace(current, boots=(*current.boots, _boot(found[2])))
    return current


def _boot(said: str) -> Boot:
    said = _TYPES.sub("", said)
    word, _, title = said.partition(": ")
    if said == "OK":
        return Boot("ok", reached="end")
    if word == "crashed" and title:
        return Boot("crash", title=title, reached="reproducer")
    if word == "boot failed" and title:
        return Boot("boot-failed", title=title, reached="kernel")
    if word == "infra problem":
        return Boot("infra", error=title)
    return Boot("lost", error=said)


def _with_verdicts(tested: Iterator[Tested], lines: list[str]) -> Iterator[Tested]:
    """Add what syzbot said of each revision; of the start and the releases it only says what it did next.

    It goes on from the start only when that is bad, walks releases down until one is good, and passes over a
    release without a crash that did not end the walk.
    """
    said = {bytes.fromhex(found[2]): found[1] for line in lines if (found := _VERDICT.match(line))}
    every = list(tested)
    for each, after in zip_longest(every, every[1:]):
        if each.revision in said and each.phase == "bisect":
            yield replace(each, verdict=said[each.revision], reason="the log says so")
        elif after is None or each.phase == "bisect":
            yield each
        elif each.phase != "start" and after.phase == "bisect":
            yield replace(each, verdict="good", reason="the walk over releases ended here")
        else:
            bad = each.phase == "start" or any(boot.outcome == "crash" for boot in each.boots)
            yield replace(
                each, verdict="bad" if bad else "skip", reason="the log goes on to an older release"
            )


def _ending(log: SyzbotLog, lines: list[str]) -> SyzbotLog:
    for at, line in enumerate(lines):
        if found := _TOTALS.match(line):
            total, build, test = (_nanoseconds(found[each]) for each in (2, 3, 4))
            log = replace(log, revisions=int(found[1]), total_ns=total, build_ns=build, test_ns=test)
        elif found := _CULPRIT.match(line):
            log = replace(log, culprit=bytes.fromhex(found[1]), subject=found[2])
        elif found := _RECIPIENTS.match(line):
            log = replace(log, recipients=tuple(re.findall(r'"([^"]*)"', found[1])))
        elif log.total_ns is not None and (found := _CRASH.match(line)):
            report = "".join(each + "\n" for each in lines[at + 1 :])
            return replace(log, crash=_TYPES.sub("", found[1]), report=report.encode())
    return log


def _nanoseconds(duration: str) -> int | None:
    """Read Go's time.Duration in the form that its String method prints, from one second up."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.group(1, 2, 3))
    return ((hours * 60 + minutes) * 60 + seconds) * 10**9 + int((found[4] or "").ljust(9, "0"))
