"""Run git on the lab's own worktrees: no hook, no discovery, no setting that changes what a checkout leaves."""

from collections.abc import Sequence
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel import environment, process
from kbis.kernel.bounded import MIB, Limits

LIMIT_S = 1800.0
"""A first checkout of Linux takes about a minute on a busy disk."""

# git-config(1). Each of these, set by a user, would run something or change the files of a checkout.
_PINNED = {
    "advice.detachedHead": "false",
    "core.attributesFile": "/dev/null",
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.sparseCheckout": "false",
    "core.splitIndex": "false",
    "core.untrackedCache": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
}


def git(
    arguments: Sequence[str],
    *,
    git_dir: Path,
    work_tree: Path | None = None,
    held: Sequence[int] = (),
    index: Path | None = None,
) -> process.Finished:
    """Run one git command.

    Args:
        arguments: The command and its arguments.
        git_dir: The git directory: the common one, or that of a worktree.
        work_tree: The working tree, which is also where git runs; by default none.
        held: Descriptors to keep open while git runs.
        index: Another index file than the git directory's own.

    Raises:
        InfraError: git is not installed, or did not end within `LIMIT_S`.
    """
    settings = [part for name, value in _PINNED.items() for part in ("-c", f"{name}={value}")]
    # Said outright, the directories are never looked for: in a half-made worktree git would find the user's own.
    tree = [] if work_tree is None else [f"--work-tree={work_tree}"]
    finished = process.run(
        ["git", f"--git-dir={git_dir}", *tree, *settings, *arguments],
        cwd=git_dir if work_tree is None else work_tree,
        limit_s=LIMIT_S,
        limits=Limits(MIB, MIB),
        held=held,
        env=None if index is None else environment.for_tools() | {"GIT_INDEX_FILE": str(index)},
    )
    if finished.timed_out:
        raise InfraError(
            f"git {arguments[0]} did not end within {LIMIT_S:.0f} s.", "Look for a slow or failing disk."
        )
    return finished


def complaint(finished: process.Finished) -> str:
    """What git said was wrong, as one line."""
    lines = finished.output.text().decode("utf-8", "replace").splitlines()
    said = [line for line in lines if line.startswith(("fatal:", "error:"))] or [
        line for line in lines if line
    ]
    return said[-1].strip()[:400] if said else f"exit status {finished.status}"
