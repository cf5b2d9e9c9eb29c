"""A process that pulls: `python -m tests.team.puller CLONE`.

Prints how many events count then, and the most bytes of memory that it had, or any git that it ran.
"""

import resource
import sys
from pathlib import Path

from tests.team.clones import Clone


def peak_bytes() -> int:
    # What getrusage(2) says of a process itself begins with what its parent had when it was started.
    [own] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return 1024 * max(int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


if __name__ == "__main__":
    clone = Clone(Path(sys.argv[1]))
    clone.pull()
    print(len(clone.ids()), peak_bytes())
