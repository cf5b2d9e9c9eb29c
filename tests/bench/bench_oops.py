"""Time the reading of consoles, and weigh it.

Run from the repository root: `python tests/bench/bench_oops.py [MB]`. Three kinds of console, one core each: a long
quiet run with one crash at its end; the same as a file mapped into memory, for which the memory that the reader takes
is told; and the real consoles of ../shared one by one, nothing but reports of a few KB each.
"""

import mmap
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kbis.oops import Crash, read
from kbis.oops.lines import Console
from tests.oops import measure
from tests.oops.consoles import stamped, trace

ROUNDS = 3


def long_console(megabytes: int) -> bytes:
    """What a machine prints that runs for days and dies at last."""
    lines = [
        "usb {n}-1: new high-speed USB device number {n} using dummy_hcd",
        "audit: type=1400 audit(1700000000.{n}:77): avc:  denied  {{ read }} for  pid={n}",
        "executing program {n}:",
        "EXT4-fs (loop{n}): mounted filesystem without journal. Quota mode: none.",
        "netlink: 'syz.1.{n}': attribute type 16 has an invalid length.",
    ]
    block = stamped(*(lines[n % len(lines)].format(n=n) for n in range(10_000)), caller="T4077")
    crash = stamped("general protection fault: 0000 [#1] SMP", *trace("x25_connect"), caller="T4077")
    return block * (megabytes * 1_000_000 // len(block)) + crash


def best(work: Callable[[], object]) -> float:
    """Run some times; return the least processor time it took, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def peak_mb(console: Console) -> tuple[Crash | None, float]:
    """Read once; return the crash and the most memory that Python held for it, in MB."""
    tracemalloc.start()
    crash = read(console)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return crash, peak / 1e6


def main(megabytes: int = 100) -> None:
    """Print the figures."""
    with tempfile.TemporaryFile() as file:
        file.write(long_console(megabytes))
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            size_mb = len(mapped) / 1e6
            seconds = best(lambda: read(mapped))
            crash, peak = peak_mb(mapped)
            print(f"a console of {size_mb:.0f} MB: {size_mb / seconds:.0f} MB/s, {peak:.2f} MB of memory")
            print(f"  it shows: {crash.title if crash else 'no crash'}")
    if measure.CASES.is_file():
        logs = [str(case["log"]).encode("utf-8", "surrogateescape") for case in measure.cases()]
        size_mb = sum(map(len, logs)) / 1e6
        seconds = best(lambda: [read(log) for log in logs])
        each_ms = 1000 * seconds / len(logs)
        print(
            f"{len(logs)} real consoles, {size_mb:.1f} MB: {size_mb / seconds:.0f} MB/s, {each_ms:.2f} ms each"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
