"""How many of many consecutive changes to Linux need a build, and how many a boot?

    apt-get source --diff-only --download-only linux=6.1.176-1   # unpack its debian.tar.xz; the same of 6.12.107-1
    python -m tests.linux.reuse --tree LINUX --present 6.1/debian/patches --later 6.1/debian/patches-rt \\
        --later 6.12/debian/patches --later 6.12/debian/patches-rt --work DIR

LINUX is a git repository whose HEAD is the source of Debian's linux-source-6.1. The patches become a line of commits
(`tests.linux.changes`); each commit is taken in order. Where `known_builds.find` knows a build with the same inputs
nothing is built; else the kernel is built incrementally and signed, and only a signature that was not seen before needs
boots. Of those that were not built, every `--verify`-th is built after all and must have the signature that was
foretold. The run can be broken off and started again: DIR/results.jsonl keeps what is done.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from kbis.kernel import environment
from kbis.kernel.linux.inert import Inputs, parse
from kbis.kernel.linux.known_builds import KnownBuild, find, remember
from kbis.kernel.linux.read_set import ReadSet, read_set
from kbis.kernel.signature import sign
from kbis.kernel.slot import Slot, take_slot
from kbis.kernel.worktree import checkout
from tests.linux.changes import Commit, make_line, read_line

FRAGMENT = Path(__file__).with_name("reuse.config")


@dataclass
class Result:
    """What came of one commit; times are seconds, CPU seconds of all processes of a build together."""

    number: int
    patch: str
    outcome: str
    signature: str = ""
    decision_s: float = 0.0
    build_s: float = 0.0
    build_cpu_s: float = 0.0
    read_set_s: float = 0.0
    files: int = 0
    verified: bool | None = None


class Lab:
    """One slot with one build directory and a fixed configuration."""

    def __init__(self, work: Path, clone: Path, slot: Slot) -> None:
        self._slot, self._work, self._git_dir = slot, work, clone / ".git"
        self._config = work / "recorded.config"
        self._environment = environment.for_builds()
        version = subprocess.run(["gcc", "--version"], capture_output=True, check=True).stdout
        self.key = hashlib.sha256(version + FRAGMENT.read_bytes()).digest()

    def known(self, commit: Commit) -> KnownBuild | None:
        return find(self._work, self._git_dir, self.key, commit.tree)

    def build(self, commit: Commit, result: Result) -> bytes | None:
        """Build a commit incrementally; None when it does not build."""
        checkout(self._slot, commit.commit)
        directory = self._slot.make_build()
        if not self._config.exists():
            self._make(f"KCONFIG_ALLCONFIG={FRAGMENT}", "allnoconfig")
            self._config.write_bytes((directory / ".config").read_bytes())
        began, cpu = time.perf_counter(), _children_cpu_s()
        (directory / ".config").write_bytes(self._config.read_bytes())
        done = self._make("olddefconfig") and self._make(f"-j{os.cpu_count()}", "vmlinux")
        result.build_s = round(time.perf_counter() - began, 2)
        result.build_cpu_s = round(_children_cpu_s() - cpu, 2)
        return sign(directory / "vmlinux") if done else None

    def remember(self, commit: Commit, signature: bytes, result: Result) -> None:
        began = time.perf_counter()
        reads = read_set(self._slot.source, self._slot.build)
        result.read_set_s, result.files = round(time.perf_counter() - began, 3), len(reads.files)
        build = KnownBuild(commit.commit, commit.tree, signature, reads)
        remember(self._work, self._git_dir, self.key, build)

    def _make(self, *arguments: str) -> bool:
        command = ["make", "-C", str(self._slot.source), f"O={self._slot.build}", *arguments]
        with (self._work / "make.log").open("wb") as log:
            done = subprocess.run(
                command, env=self._environment, stdout=log, stderr=subprocess.STDOUT, check=False
            )
        return done.returncode == 0


def take(lab: Lab, commit: Commit, number: int, seen: set[str], not_built: int, verify: int) -> Result:
    """Do what kbis would do with one commit."""
    result = Result(number, commit.patch, "")
    began = time.perf_counter()
    known = lab.known(commit)
    result.decision_s = round(time.perf_counter() - began, 3)
    if known is not None:
        result.outcome, result.signature = "not built", known.signature.hex()
        if not_built % verify == 0:
            result.verified = lab.build(commit, result) == known.signature
        return result
    signature = lab.build(commit, result)
    if signature is None:
        result.outcome = "does not build"
        return result
    lab.remember(commit, signature, result)
    result.signature = signature.hex()
    result.outcome = "same kernel" if result.signature in seen else "new kernel"
    return result


def foresee(line: list[Commit], clone: Path, reads: ReadSet) -> str:
    """Without building: which changes would need a build of their own, had the tree before each been built."""
    inputs, reached, began = Inputs(reads), [], time.perf_counter()
    for number, (old, new) in enumerate(pairwise(line), 1):
        command = ["git", "diff-tree", "-r", "--raw", "-z", "--no-renames", old.tree, new.tree]
        raw = subprocess.run(command, cwd=clone, capture_output=True, check=True).stdout
        cause = inputs.live(parse(raw))
        if cause is not None:
            reached.append(f"{number:3} {cause.status} {cause.path}  {new.patch}")
    took = time.perf_counter() - began
    return "\n".join(
        [*reached, f"{len(reached)} of {len(line) - 1} changes need a build; told in {took:.1f} s"]
    )


def table(results: list[Result]) -> str:
    """The figures of a run, without its first commit, which is the tree that all began with."""
    changes = [each for each in results if each.number]
    of = {name: [each for each in changes if each.outcome == name] for name in OUTCOMES}
    verified = [each for each in changes if each.verified is not None]
    built = of["same kernel"] + of["new kernel"] + of["does not build"]
    wrong = sum(not each.verified for each in verified)
    files = max((each.files for each in results), default=0)
    lines = [f"{len(changes)} consecutive changes"]
    lines += [f"  {len(each):4}  {name}: {OUTCOMES[name]}" for name, each in of.items()]
    lines += [
        f"builds {len(built)}, kernels to boot {len(of['new kernel'])}",
        f"built after all to check the rule: {len(verified)}, foretold wrongly: {wrong}",
        f"decision: {_spread([each.decision_s for each in changes])} s",
        f"build: {_spread([each.build_cpu_s for each in built])} CPU-s, {_spread([each.build_s for each in built])} s",
        f"build in vain (checks): {_spread([each.build_cpu_s for each in verified])} CPU-s",
        f"read set: {_spread([each.read_set_s for each in built if each.files])} s, {files} files",
    ]
    return "\n".join(lines)


OUTCOMES = {
    "not built": "no file that a known build read differs",
    "same kernel": "built, and the signature is one that was seen: no boots",
    "new kernel": "built, a new signature: boots",
    "does not build": "built in vain",
}


def _spread(values: list[float]) -> str:
    if not values:
        return "-"
    return f"median {statistics.median(values):.2f}, at most {max(values):.2f}, all {sum(values):.0f}"


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tree", type=Path, required=True)
    parser.add_argument(
        "--present", type=Path, action="append", default=[], help="a quilt directory that is in it"
    )
    parser.add_argument(
        "--later", type=Path, action="append", default=[], help="a quilt directory that is not yet"
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--verify", type=int, default=6, metavar="N", help="build every Nth that needs none")
    parser.add_argument(
        "--foresee", action="store_true", help="only say which need a build, by what was built last"
    )
    options = parser.parse_args()
    work, clone = options.work.absolute(), options.work.absolute() / "repo"
    work.mkdir(parents=True, exist_ok=True)
    line = (
        read_line(clone) if clone.exists() else make_line(options.tree, options.present, options.later, clone)
    )
    line = line[: options.changes + 1]
    if options.foresee:
        print(foresee(line, clone, read_set(work / "0/source", work / "0/build")))
        return
    kept = work / "results.jsonl"
    results = [Result(**json.loads(each)) for each in kept.read_text().splitlines()] if kept.exists() else []
    with take_slot(work, clone / ".git") as slot:
        lab = Lab(work, clone, slot)
        for number, commit in list(enumerate(line))[len(results) :]:
            seen = {each.signature for each in results if each.signature}
            not_built = sum(each.outcome == "not built" for each in results)
            results.append(take(lab, commit, number, seen, not_built, options.verify))
            with kept.open("a") as file:
                file.write(json.dumps(asdict(results[-1])) + "\n")
            print(
                f"{number:3} {results[-1].outcome:14} {results[-1].build_s:7.1f} s  {commit.patch}",
                flush=True,
            )
    print(table(results))


if __name__ == "__main__":
    main()
