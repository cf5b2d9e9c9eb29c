"""Run a command to its end, in bounded time and with bounded output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kbis.kernel.bounded import MIB, Collector, Limits, Output
from kbis.kernel.guarded import Guarded

LIMITS = Limits(head=4 * MIB, tail=4 * MIB)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes:
        status: Its exit status; a negative number is the signal that ended it.
        output: What was kept of its standard output and standard error, in the order written.
        duration_ns: From start to end.
        timed_out: kbis killed it at its time limit.
    """

    status: int
    output: Output
    duration_ns: int
    timed_out: bool


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    limit_s: float,
    env: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
    held: Sequence[int] = (),
) -> Finished:
    """Run a command to its end; kill it with all its descendants at the time limit.

    Args:
        command: The program, found on PATH, and its arguments.
        cwd: The directory to run in.
        limit_s: Seconds until it is killed.
        env: Its whole environment; by default that of a tool (`kbis.kernel.environment`).
        limits: How much of its output is kept.
        held: Descriptors that stay open until no descendant lives any more.

    Raises:
        InfraError: the program or the directory does not exist or may not be used.
    """
    collector = Collector(limits)
    timed_out = False
    with Guarded(command, cwd=cwd, env=env, held=held) as child:
        child.watch(child.stdout, collector.feed)
        while child.status is None:
            child.turn(limit_s - child.age_s())
            # kbis may have been stopped (Ctrl-Z) over the limit; the command may have ended meanwhile.
            child.turn(0)
            if child.status is None and child.age_s() >= limit_s:
                timed_out = True
                child.stop()
    return Finished(child.stop(), collector.output(), child.duration_ns, timed_out)
