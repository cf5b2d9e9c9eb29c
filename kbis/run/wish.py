"""What the user asks for when a bisection begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kbis.bisect.policy import DEFAULT_POLICY


@dataclass(frozen=True)
class Wish:
    """What the user asks for; None takes the default.

    Attributes:
        bad: The bad end, as git names it.
        goods: The good ends.
        recipe: The recipe's file; by default `kbis.toml` at the top of the working tree, else of the bad end.
        reproducer: The reproducer's file, in place of the one that the recipe names.
        policy: The policy's name.
        boots: Boots a revision; of `bayes/1` the most of the bad end before the crash counts as not reproduced.
        target: The title of the crash to hunt; learned at the bad end without it.
        check_ends: Whether both ends are tested before the search.
        title: A few words to know the bisection by.
        script: A program that tests a revision on this machine, in place of any recipe.
        config: A config of Linux: a file, or a target of make such as `defconfig`; in place of the recipe's.
        fragments: Files of config that take precedence over it; they come behind the recipe's.
        settings: Values in place of the recipe's, by table and key.
        build_timeout_s: Seconds until a build is given up, in place of the recipe's.
    """

    bad: str
    goods: tuple[str, ...]
    recipe: Path | None = None
    reproducer: Path | None = None
    policy: str = DEFAULT_POLICY
    boots: int | None = None
    target: str | None = None
    check_ends: bool = True
    title: str | None = None
    script: Path | None = None
    config: str | None = None
    fragments: tuple[Path, ...] = ()
    settings: Mapping[tuple[str, str], object] = field(default_factory=dict)
    build_timeout_s: int | None = None
