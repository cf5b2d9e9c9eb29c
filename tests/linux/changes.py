"""Real consecutive changes to Linux: the patches that a distribution carries, as a line of commits.

A patch that is already in the tree is taken back, last one first, and the trees met on the way are committed in the
order in which they came to be; a patch that is not in the tree yet is applied at the end.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

NULL_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "changes"), ("EMAIL", "changes@example.org"), ("DATE", "1700000000 +0000"))
}


@dataclass(frozen=True)
class Commit:
    """One tree of the line.

    Attributes:
        commit: Its commit, hex.
        tree: Its tree, hex.
        patch: The patch that leads to it from the tree before; empty for the first.
    """

    commit: str
    tree: str
    patch: str


def make_line(tree: Path, patches: list[Path], later: list[Path], clone: Path) -> list[Commit]:
    """Make the line of commits in a new clone; patches that do not fit the tree are left out.

    Args:
        tree: A git repository whose HEAD is a Linux source tree.
        patches: A quilt directory with a file `series`, already in the tree.
        later: Quilt directories of patches to apply on top, one after the other.
        clone: Where to make the clone; its branch `line` ends at the last commit.
    """
    subprocess.run(["git", "clone", "-q", "--shared", str(tree), str(clone)], check=True)
    trees = [(_git(clone, "rev-parse", "HEAD^{tree}"), "")]
    for patch in reversed([each for directory in patches for each in _series(directory)]):
        if _apply(clone, patch, "--reverse"):
            before = trees.pop()[0]
            trees += [(before, patch.name), (_git(clone, "write-tree"), "")]
    trees.reverse()
    _git(clone, "reset", "-q", "--hard")
    for patch in (each for directory in later for each in _series(directory)):
        if _apply(clone, patch):
            trees.append((_git(clone, "write-tree"), patch.name))
    line: list[Commit] = []
    for oid, name in trees:
        parent = ["-p", line[-1].commit] if line else []
        line.append(Commit(_git(clone, "commit-tree", *parent, "-m", name or "base", oid), oid, name))
    _git(clone, "update-ref", "refs/heads/line", line[-1].commit)
    return line


def read_line(clone: Path) -> list[Commit]:
    """Read again what `make_line` made."""
    said = _git(clone, "log", "--reverse", "--format=%H %T %s", "refs/heads/line")
    fields = [each.split(" ", 2) for each in said.splitlines()]
    return [Commit(commit, tree, "" if name == "base" else name) for commit, tree, name in fields]


def _series(directory: Path) -> list[Path]:
    lines = (directory / "series").read_text().splitlines()
    return [directory / each.split()[0] for each in lines if each.strip() and not each.startswith("#")]


def _apply(clone: Path, patch: Path, *options: str) -> bool:
    done = subprocess.run(
        ["git", "apply", "--index", "--whitespace=nowarn", *options, str(patch.absolute())],
        cwd=clone,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _git(clone: Path, *arguments: str) -> str:
    environment = os.environ | NULL_IDENTITY
    done = subprocess.run(
        ["git", *arguments], cwd=clone, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
