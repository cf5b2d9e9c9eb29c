"""Reading: by the processor's clock, so that other work on the machine shows little."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from kbis.bisect.fold import fold
from kbis.log.eventlog import CACHE, EventLog
from kbis.log.line import parse_line
from kbis.log.sshsig import NAMESPACE, armor, preimage
from tests.bench.log.append import draft
from tests.bench.log.figures import MILLION, Figure, computed, timed
from tests.log.world import ANN, Bisection, git, make_repository, open_log, started

LINES, SSH_VERIFIES = 5_000, 40
EVENTS, AT_ONCE = 20_000, 1000
NEW = 100
MIB = 1024 * 1024


def verifies(scratch: Path) -> Iterator[Figure]:
    made = Bisection()
    start = made.start()
    lines = [ANN.line(made.event([start])) for _ in range(LINES)]

    def verify() -> None:
        for line in lines:
            signed = parse_line(line)
            assert ANN.public.verify(preimage(signed.event.body), signed.signature)

    parse_s, parsed = computed(lambda: [parse_line(line) for line in lines])
    verify_s, _ = computed(verify)
    (scratch / "allowed").write_text(ANN.allowed())
    (scratch / "sig").write_text(armor(ANN.public, parsed[0].signature))
    command = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-n",
        NAMESPACE,
        "-I",
        ANN.public.comment,
        "-f",
        "allowed",
        "-s",
        "sig",
    ]

    def by_ssh() -> None:
        for _ in range(SSH_VERIFIES):
            subprocess.run(
                command, input=parsed[0].event.body, cwd=scratch, check=True, stdout=subprocess.DEVNULL
            )

    ssh_rate = SSH_VERIFIES / computed(by_ssh)[0]
    rate = LINES / verify_s
    yield Figure("lines parsed", LINES / parse_s, "lines/s")
    yield Figure(
        "lines parsed and verified",
        rate,
        "lines/s",
        least=5_500,
        beside=f"{rate / ssh_rate:.0f} x ssh-keygen -Y verify",
    )
    yield Figure("the longest of them", max(map(len, lines)), "bytes", most=800)


def reads(scratch: Path) -> Iterator[Figure]:
    path = scratch / "reads"
    make_repository(path, "-b", "main")
    log = open_log(path)
    start = started(log, bytes.fromhex(git(path, "rev-parse", "main").strip()))
    for turn in range(EVENTS // AT_ONCE):
        log.append(
            start.repository, start.id, [start], [draft(turn * AT_ONCE + each) for each in range(AT_ONCE)]
        )
    git(path, "gc", "--quiet")
    cold_s, events = computed(lambda: folded(open_log(path), start.id))
    git_s, _ = computed(lambda: by_git(path))
    warm_s, _ = computed(lambda: folded(open_log(path), start.id))
    yield Figure(
        f"cold fold: read, verify, count, fold {events:,}",
        events / cold_s,
        "events/s",
        beside=of_git(cold_s, git_s),
    )
    yield Figure("  a million, full verification", cold_s / events * MILLION, "core-s", most=200)
    yield Figure(
        "warm fold: signatures remembered, in a new process",
        events / warm_s,
        "events/s",
        beside=of_git(warm_s, git_s),
    )
    yield Figure("  a million, trusting the cache", warm_s / events * MILLION, "core-s", most=50)
    log.counted()
    [known] = log.counted().bisections.values()
    fold_s, _ = computed(lambda: fold(known))
    yield Figure("fold of what is in memory", events / fold_s, "events/s")
    yield Figure("  a million", fold_s / events * MILLION, "core-s", most=8)
    yield memory(path, events)
    yield from later(path, log)
    assert (path / ".git" / CACHE).exists()


def later(path: Path, log: EventLog) -> Iterator[Figure]:
    [(start, *_)] = log.counted().bisections.values()
    idle_s, _ = timed(log.counted)
    yield Figure("look again, nothing new", idle_s * 1000, "ms", most=50)
    opened_s, _ = timed(open_log(path)._store.tree)
    yield Figure("open, nothing new to unite", opened_s * 1000, "ms", most=50)
    other = open_log(path)
    for number in range(NEW):
        other.append(start.repository, start.id, [start], [draft(number)])
    new_s, _ = computed(log.counted)
    yield Figure(f"read {NEW} new events among {EVENTS:,}", new_s * 1000, "ms", most=100)


def folded(log: EventLog, bisection: bytes) -> int:
    counted = log.counted()
    assert not counted.ignored
    state = fold(counted.bisections[bisection])
    assert state is not None
    return len(state.events)


def by_git(path: Path) -> int:
    listed = git(path, "notes", "--ref=kbis", "list").splitlines()
    blobs = b"".join(row[:40].encode() + b"\n" for row in listed)
    return len(git(path, "cat-file", "--batch", stdin=blobs))


def of_git(ours_s: float, git_s: float) -> str:
    return f"{ours_s / git_s:.0f} x the time of git cat-file of the notes"


def memory(path: Path, events: int) -> Figure:
    """How much more memory a process has that read all events than one that read nothing."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.log.world import open_log\n"
        "log = open_log(Path(sys.argv[1]))\nif sys.argv[2] == 'all':\n    assert log.counted().bisections\n"
        "[peak] = [line for line in open('/proc/self/status') if line.startswith('VmHWM')]\nprint(peak.split()[1])\n"
    )
    none, whole = (
        1024
        * int(
            subprocess.run(
                [sys.executable, "-c", script, str(path), how], check=True, capture_output=True
            ).stdout
        )
        for how in ("none", "all")
    )
    return Figure(
        "memory of an event that was read",
        (whole - none) / events,
        "bytes",
        beside=f"{whole / MIB:.0f} MiB in all, {none / MIB:.0f} MiB without",
    )
