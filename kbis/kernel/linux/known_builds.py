"""Which builds this clone already has whose inputs are those of another tree: then there is nothing to build.

One small file for each build, below the slots' work directory. They are a cache: any of them, or all, may be deleted at
any time, and a file that is not as it was written is passed over.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbis.kernel.git import git
from kbis.kernel.linux.inert import Inputs, parse
from kbis.kernel.linux.read_set import ReadSet
from kbis.kernel.signature import SCHEME
from kbis.kernel.slot import unusable

KEPT = 64
"""Builds kept; the one used longest ago goes first. One takes 20 to 100 KB."""

COMPARED = 16
"""Trees compared with at most in one search; one takes 0.2 s where all of Linux 6.1 differs, else far less."""

ANCHORS = (
    "Kbuild",
    "Kconfig",
    "Makefile",
    "scripts",
    "tools/build",
    "tools/include",
    "tools/lib",
    "tools/objtool",
)
"""Paths of which every change counts, so that most trees are told apart without a comparison."""

_FORMAT = b"kbis-known-build/1\n" + SCHEME


@dataclass(frozen=True, slots=True)
class KnownBuild:
    """A build that was made here.

    Attributes:
        commit: The commit that was built, hex.
        tree: The tree that was built, hex: the commit's own, or that with the recipe's patches.
        signature: The kernel it gave, 32 bytes.
        reads: The files that the build read.
    """

    commit: str
    tree: str
    signature: bytes
    reads: ReadSet


def remember(work: Path, git_dir: Path, key: bytes, build: KnownBuild) -> None:
    """Keep a build for later searches.

    Args:
        work: The directory of all slots (`Slot.work`).
        git_dir: The repository that has the tree.
        key: A digest of all that decides a build beside the tree: recipe, configuration, toolchain.
        build: What was built.

    Raises:
        InfraError: it cannot be written.
    """
    directory = _directory(work)
    content = {
        "anchors": _anchors(git_dir, build.tree),
        "commit": build.commit,
        "files": sorted(build.reads.files),
        "generated": sorted(build.reads.generated),
        "key": key.hex(),
        "signature": build.signature.hex(),
        "tree": build.tree,
    }
    packed = zlib.compress(json.dumps(content).encode("ascii"))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=directory, prefix="new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_checksum(packed) + packed)
            Path(name).replace(directory / f"{key.hex()[:16]}-{build.tree}")
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        for old in _newest_first(directory)[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError as why:
        raise unusable(directory, why) from why


def find(work: Path, git_dir: Path, key: bytes, tree: str) -> KnownBuild | None:
    """Find a build whose inputs are the same in another tree: building that tree would give the same kernel.

    Args:
        work: The directory of all slots (`Slot.work`).
        git_dir: The repository that has the trees.
        key: The digest that `remember` was given.
        tree: The tree that is to be built, hex.

    Raises:
        InfraError: git is not installed or does not end.
    """
    anchors = _anchors(git_dir, tree)
    if anchors is None:
        return None
    compared = 0
    for file, content in _read_all(_directory(work), key):
        build = _known(content)
        if build is None or (build.tree != tree and content.get("anchors") != anchors):
            continue
        if build.tree != tree:
            if compared == COMPARED:
                return None
            compared += 1
        if build.tree == tree or _same_inputs(git_dir, build, tree):
            with contextlib.suppress(OSError):
                os.utime(file)
            return build
    return None


def _same_inputs(git_dir: Path, build: KnownBuild, tree: str) -> bool:
    done = git(["diff-tree", "-r", "--raw", "-z", "--no-renames", build.tree, tree], git_dir=git_dir)
    if done.status != 0 or done.output.dropped:
        # The old tree was pruned, or very much changed.
        return False
    try:
        return Inputs(build.reads).live(parse(done.output.text())) is None
    except ValueError:
        return False


def _anchors(git_dir: Path, tree: str) -> str | None:
    """What stands at the paths of which every change counts; None when the tree is not here."""
    done = git(["ls-tree", tree, *ANCHORS], git_dir=git_dir)
    return hashlib.sha256(done.output.text()).hexdigest() if done.status == 0 else None


def _directory(work: Path) -> Path:
    return work / "known-builds"


def _newest_first(directory: Path) -> list[Path]:
    dated = []
    with contextlib.suppress(FileNotFoundError):
        for path in directory.iterdir():
            with contextlib.suppress(OSError):
                dated.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(dated, reverse=True)]


def _read_all(directory: Path, key: bytes) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in _newest_first(directory):
        if not file.name.startswith(f"{key.hex()[:16]}-"):
            continue
        try:
            stored = file.read_bytes()
            packed = stored[hashlib.sha256().digest_size :]
            content = json.loads(zlib.decompress(packed)) if stored == _checksum(packed) + packed else None
        except (OSError, ValueError, zlib.error):
            continue
        if isinstance(content, dict) and content.get("key") == key.hex():
            yield file, content


def _known(content: dict[str, Any]) -> KnownBuild | None:
    try:
        return KnownBuild(
            content["commit"],
            content["tree"],
            bytes.fromhex(content["signature"]),
            ReadSet(frozenset(content["files"]), frozenset(content["generated"])),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _checksum(packed: bytes) -> bytes:
    """Guards against damage, and against a kbis that reads build directories or kernels in another way."""
    return hashlib.sha256(_FORMAT + packed).digest()
