"""Lines of development, and the work that goes on in them."""

from dataclasses import dataclass, field

from kbis.demo.change import Change, Series
from kbis.demo.commit import Commit


@dataclass
class Work:
    """A series of changes, and how far it has come."""

    series: Series
    done: int = 0

    @property
    def left(self) -> int:
        """How many changes are still to come."""
        return len(self.series) - self.done

    def fits(self, commit: Commit) -> bool:
        """Say whether all changes so far are in a commit, so that the next one can follow it."""
        return all(change.subject in commit.carries for change in self.series[: self.done])

    def advance(self) -> Change:
        """Take the next change."""
        self.done += 1
        return self.series[self.done - 1]


@dataclass
class Line:
    """A line of development: the main line, or a topic branch.

    Attributes:
        name: The branch's name.
        tip: Its last commit.
        owner: Who commits to it.
        parent: What it forked from and will be merged into; None for the main line.
        left: How many commits a branch still wants.
        script: What comes next, in a row: changes, and None for an everyday commit. Nothing forks or merges meanwhile.
        tag: What to tag the end of the script.
        since_fork: All changes since it forked, those of merged branches included.
        work: What it has begun.
        children: How many branches have forked from it and are not merged yet.
        fork: Where it forked.
    """

    name: str
    tip: Commit
    owner: str
    parent: "Line | None" = None
    left: int = 0
    script: list[Change | None] = field(default_factory=list)
    tag: str | None = None
    since_fork: list[Change] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    children: int = 0
    fork: Commit | None = None

    @property
    def over(self) -> bool:
        """True for a branch that only waits to be merged."""
        return self.parent is not None and not self.left and not self.script and not self.children
