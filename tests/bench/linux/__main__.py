"""Compare kbis with `git bisect run` on real Linux. Run from the repository root: `python -m tests.bench.linux`.

Both have built the bad end before the clock starts, as whoever saw the crash has, and each has a ccache of its own that
knows that build only. The config, the flags of make, the QEMU line and the initramfs are the same. The history has a
stretch that does not compile; it comes with another crash in another stretch, and without one.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.linux.contest import Result, kbis_run, recipe_that_repeats, script_run
from tests.linux.repository import Linux, linux

COLUMNS = ("answer", "", "minutes", "CPU min", "builds", "failed", "not run", "boots", "bad end")
WIDTHS = (14, 7, 9, 9, 8, 8, 9, 7, 9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--crash", action="store_true", help="only the history with another crash")
    parser.add_argument("--no-crash", action="store_true", help="only the history without one")
    parser.add_argument(
        "--repeat", type=int, nargs="*", default=[0, 5], help="seconds the reproducer runs for"
    )
    chosen = parser.parse_args()
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        os.environ |= {f"{name}_NAME": "Ada", f"{name}_EMAIL": "ada@example.org"}
    for noise in (True, False):
        for repeat_s in chosen.repeat:
            if not (chosen.no_crash if noise else chosen.crash):
                with tempfile.TemporaryDirectory(prefix="kbis-bench-") as scratch:
                    _contest(linux(noise=noise), Path(scratch), repeat_s, noise=noise)


def _contest(history: Linux, scratch: Path, repeat_s: int, *, noise: bool) -> None:
    what = "another crash in 8 % of boots" if noise else "no other crash"
    how = f"for {repeat_s} s" if repeat_s else "once"
    print(f"\n{len(history.commits)} commits, {history.merges} merges, {what}; the reproducer runs {how}")
    print(_row("", COLUMNS), flush=True)
    (scratch / "recipe").mkdir()
    recipe = recipe_that_repeats(repeat_s, scratch / "recipe")
    ours = kbis_run(history, scratch / "kbis", scratch / "kbis-ccache", recipe)
    _show(ours, history)
    theirs = script_run(history, scratch / "script", scratch / "script-ccache", scratch / "kbis")
    _show(theirs, history)
    print(f"kbis takes {theirs.wall_s / ours.wall_s:.1f} times less time.", flush=True)


def _show(result: Result, history: Linux) -> None:
    numbers = {commit: number for number, commit in history.commits.items()}
    answer = f"commit {numbers[result.answer]}" if result.answer in numbers else "none"
    cells = (
        answer,
        "right" if result.right else "WRONG",
        f"{result.wall_s / 60:.1f}",
        f"{result.cpu_s / 60:.1f}",
        *map(str, (result.builds, result.failed, result.spared, result.boots)),
        f"{result.first_s / 60:.1f}",
    )
    print(_row(result.who, cells), flush=True)


def _row(first: str, cells: Sequence[str]) -> str:
    return f"{first:<16}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


if __name__ == "__main__":
    main()
