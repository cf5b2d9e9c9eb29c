"""Compare kbis with `git bisect run` on real Linux. Run from the repository root: `python -m tests.bench.linux`.

Both have built the bad end before the clock starts, as whoever saw the crash has, and each has a ccache of its own that
knows that build only. The guest config, the flags of make, the QEMU line and the initramfs are the same. First the
history with another crash and a stretch that does not compile, then the same history without the other crash.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.linux.contest import BOOTS, Result, kbis_run, script_run
from tests.linux.repository import Linux, linux

COLUMNS = ("answer", "", "minutes", "builds", "failed", "not run", "boots", "bad end")
WIDTHS = (14, 7, 9, 8, 8, 9, 7, 9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quiet-only", action="store_true", help="only the history without the other crash")
    arguments = parser.parse_args()
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        os.environ |= {f"{name}_NAME": "Ada", f"{name}_EMAIL": "ada@example.org"}
    for noise in (False,) if arguments.quiet_only else (True, False):
        with tempfile.TemporaryDirectory(prefix="kbis-bench-") as scratch:
            _contest(linux(noise=noise), Path(scratch), noise=noise)


def _contest(history: Linux, scratch: Path, *, noise: bool) -> None:
    what = "with another crash in 8 % of boots" if noise else "without another crash"
    print(
        f"\n{len(history.commits)} commits, {history.merges} merges, {what}; the script boots {BOOTS} times"
    )
    print(_row("", COLUMNS), flush=True)
    ours = kbis_run(history, scratch / "kbis", scratch / "kbis-ccache")
    _show(ours, history)
    theirs = script_run(history, scratch / "script", scratch / "script-ccache", scratch / "kbis")
    _show(theirs, history)
    print(f"kbis takes {theirs.wall_s / ours.wall_s:.1f} times less time.")


def _show(result: Result, history: Linux) -> None:
    numbers = {commit: number for number, commit in history.commits.items()}
    answer = f"commit {numbers[result.answer]}" if result.answer in numbers else "none"
    cells = (
        answer,
        "right" if result.right else "WRONG",
        f"{result.wall_s / 60:.1f}",
        *map(str, (result.builds, result.failed, result.spared, result.boots)),
        f"{result.first_s / 60:.1f}",
    )
    print(_row(result.who, cells), flush=True)


def _row(first: str, cells: Sequence[str]) -> str:
    return f"{first:<16}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


if __name__ == "__main__":
    main()
