"""Measure the event log, beside the targets it was given and beside plain git and ssh-keygen, in one run.

Run from the repository root: `python -m tests.bench.bench_log`. Appends are timed by the clock on the wall and wait for
the disk that this directory is on; all else by the processor's clock, of us and of what we start. Figures for a
million events are what so many would take at the rate that was measured with fewer.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.log.append import appends
from tests.bench.log.figures import show
from tests.bench.log.read import reads, verifies
from tests.bench.log.union import unions


def main() -> None:
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        os.environ |= {f"{name}_NAME": "Ada", f"{name}_EMAIL": "ada@example.org"}
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        scratch = Path(name)
        show("Append, on the disk when it returns", appends(scratch))
        show("Verify", verifies(scratch))
        show("Read and fold", reads(scratch))
        show("Unite", unions(scratch))


if __name__ == "__main__":
    main()
