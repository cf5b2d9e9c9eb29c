"""The history of the first run: a repository of the toy kernel with bugs planted in it, and the truth about them."""

import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

from kbis.demo.change import Change, Series
from kbis.demo.commit import Commit
from kbis.demo.fastimport import git_directory, import_history
from kbis.demo.grow import Growth, History
from kbis.demo.plan import RELEASE, draw_plan
from kbis.demo.tree import Tree
from kbis.errors import UserError

KERNEL = Path(__file__).with_name("kernel")
REPRODUCER = "repro.txt"
TRUTH = "kbis-demo.json"
"""In the git directory: no part of the history, and no bisection reads it."""


@dataclass(frozen=True, slots=True)
class Planted:
    """The truth about a demo history. Commits are 40 hex digits.

    Attributes:
        good: The commit of the tag v1.0.
        bad: The tip.
        culprit: The commit that brought the bug.
        title: The title of the bug's crash.
        unrelated_title: The title of the other crash.
        rate: The share of boots of the tip that the bug crashes.
        unrelated_rate: The share of boots that the other crash ends, where it is.
        broken_builds: Commits that do not build, oldest first.
        broken_boots: Commits that do not come to the reproducer, oldest first.
        reproducer: The reproducer, in the working tree.
        seed: What the history was drawn from.
    """

    good: str
    bad: str
    culprit: str
    title: str
    unrelated_title: str
    rate: float
    unrelated_rate: float
    broken_builds: tuple[str, ...]
    broken_boots: tuple[str, ...]
    reproducer: Path
    seed: int


def compose(seed: int) -> History:
    """Draw a history, without writing it anywhere."""
    rng = Random(seed)  # noqa: S311 - the same seed must give the same history
    return Growth(Tree.read(KERNEL), draw_plan(rng), rng).grow()


def make_history(directory: Path, seed: int) -> Planted:
    """Make a git repository with a history of the toy kernel.

    Args:
        directory: Where; it must be missing or empty.
        seed: Chooses the history; the same seed gives the same commit ids.

    Raises:
        UserError: the directory is in use.
        InfraError: git is missing or failed.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UserError(f"{directory} is not empty.", "Name a directory that does not exist yet.")
    history = compose(seed)
    import_history(history, directory)
    planted = truth(history, directory, seed)
    fields = asdict(planted) | {"reproducer": REPRODUCER}
    (git_directory(directory) / TRUTH).write_text(json.dumps(fields, indent=2) + "\n", "utf-8")
    return planted


def read_planted(directory: Path) -> Planted:
    """Read the truth about a repository that `make_history` made.

    Raises:
        UserError: it is not one.
        InfraError: git is missing, or the directory is in no repository.
    """
    path = git_directory(directory) / TRUTH
    try:
        fields = json.loads(path.read_text("utf-8"))
        broken = {name: tuple(fields[name]) for name in ("broken_builds", "broken_boots")}
        return Planted(**fields | broken | {"reproducer": directory / fields["reproducer"]})
    except (OSError, ValueError, TypeError, KeyError) as why:
        raise UserError(
            f"{directory} holds no demo history: {path} cannot be read.", "Run `kbis demo`."
        ) from why


def truth(history: History, directory: Path, seed: int) -> Planted:
    """What is planted in a history that is to lie in a directory."""
    plan, tip = history.plan, history.commits[-1]
    (culprit,) = (commit for commit in history.commits if commit.change == plan.culprit)
    rate, unrelated_rate = _rate(plan.culprit), _rate(plan.unrelated)
    spared = 1 - unrelated_rate * _lives(plan.unrelated, plan.unrelated_fix, tip)
    return Planted(
        good=history.tags[RELEASE],
        bad=tip.id,
        culprit=culprit.id,
        title=plan.culprit.note("title") or "",
        unrelated_title=plan.unrelated.note("title") or "",
        rate=float(rate * spared),  # the reproducer comes to the unrelated crash first
        unrelated_rate=float(unrelated_rate),
        broken_builds=_broken(history, plan.broken_builds),
        broken_boots=_broken(history, plan.broken_boots),
        reproducer=directory / REPRODUCER,
        seed=seed,
    )


def _rate(change: Change) -> Fraction:
    return Fraction(change.note("rate") or "0")


def _broken(history: History, stretches: tuple[Series, ...]) -> tuple[str, ...]:
    return tuple(
        commit.id for commit in history.commits if any(_lives(first, fix, commit) for first, fix in stretches)
    )


def _lives(first: Change, fix: Change, commit: Commit) -> bool:
    return first.subject in commit.carries and fix.subject not in commit.carries
