"""How the demo's history grows: commit by commit, on the main line and in topic branches that fork and merge.

A merge applies the branch's changes again, in order, to the tree it is merged into. This gives what git's three-way
merge gives, and where that finds a conflict (neighbouring lines in a list), what a maintainer would make of it. No
change takes another one back but reverts and fixes, so a bug is in a commit exactly when its culprit is an ancestor.
"""

import re
from dataclasses import dataclass
from random import Random

from kbis.demo.change import Change
from kbis.demo.commit import Commit, Committer
from kbis.demo.line import Line, Work
from kbis.demo.people import AUTHORS, MAINTAINER
from kbis.demo.plan import CANDIDATE, COMMITS, Event, Plan, last_commit
from kbis.demo.pool import everyday_work
from kbis.demo.tree import Tree

BRANCHES_AT_ONCE = 3
BRANCH_LENGTHS = (2, 2, 2, 3, 4, 5, 6, 9, 12)
FORK_CHANCE = 0.13
NESTED_CHANCE = 0.10
MERGE_CHANCE = 0.4
REVERT_CHANCE = 0.05
NEW_WORK_CHANCE = 0.25
HAND_OVER_CHANCE = 0.3
"""How often unfinished work of the main line is left for whoever wants it."""
CLOSING = 26
"""Commits before the end from which on no branch is begun."""
PATIENCE = 14
"""Commits that an event waits for a branch before it happens on the main line."""

ROOT = Change("Pebble: a small kernel for small machines", "The first version that runs a program.", ())


@dataclass(frozen=True, slots=True)
class History:
    """All commits, parents first; the last is the tip. Tags name commits by id."""

    commits: tuple[Commit, ...]
    tags: dict[str, str]
    plan: Plan


class Growth:
    """A history in the making."""

    def __init__(self, base: Tree, plan: Plan, rng: Random) -> None:
        reserved = {change.subject for change in plan.late}
        work = [series for series in everyday_work(rng) if not reserved & {c.subject for c in series}]
        self._rng, self._plan = rng, plan
        self._pool = [Work(series) for series in work]
        self._events = list(plan.events)
        self._reverted: set[str] = set()
        self._tags: dict[str, str] = {}
        self._branches: list[Line] = []
        self._committer = Committer(rng)
        self._main = Line("main", self._committer.commit(ROOT, base, (), MAINTAINER, MAINTAINER), MAINTAINER)

    def grow(self) -> History:
        """Grow to the end."""
        while self._count < COMMITS - 1 or self._branches or self._main.script or self._events:
            self._merge_some()
            self._advance(self._pick())
        self._add(self._main, last_commit())
        self._tags[CANDIDATE] = self._main.tip.id
        return History(tuple(self._committer.made), self._tags, self._plan)

    @property
    def _count(self) -> int:
        return len(self._committer.made)

    @property
    def _closing(self) -> bool:
        return self._count >= COMMITS - CLOSING

    def _pick(self) -> Line:
        """Whose turn it is."""
        working = [line for line in self._branches if line.left or line.script]
        share = 0.8 if self._closing else 0.5
        if working and not self._main.script and self._rng.random() < share:
            return self._rng.choice(working)
        return self._main

    def _advance(self, line: Line) -> None:
        """One commit on a line, or on a branch that forks from it."""
        self._begin_event(line)
        if self._may_fork(line):
            line = self._fork(line)
        change = line.script.pop(0) if line.script else self._revert(line)
        self._add(line, change or self._everyday(line))
        if line.tag and not line.script:
            self._tags[line.tag] = line.tip.id
            line.tag = None

    def _add(self, line: Line, change: Change) -> None:
        author = self._rng.choice(AUTHORS) if line.parent is None else line.owner
        tree = change.apply(line.tip.tree)
        line.tip = self._committer.commit(change, tree, (line.tip,), author, line.owner)
        line.since_fork.append(change)
        line.left = max(0, line.left - 1)

    def _begin_event(self, line: Line) -> None:
        if line.script:
            return
        due = (event for event in self._events if event.at <= self._count and self._suits(event, line))
        event = next(due, None)
        if event is None:
            return
        self._events.remove(event)
        first, *rest = event.changes
        line.script = [first, *[None] * event.between, *rest]
        line.tag = event.tag
        if line.parent:
            line.left = max(line.left, len(line.script) + 1)

    def _suits(self, event: Event, line: Line) -> bool:
        if line.parent:
            return event.in_branch and line.left > 1 and bool(line.since_fork)
        return not event.in_branch or self._closing or self._count >= event.at + PATIENCE

    def _may_fork(self, line: Line) -> bool:
        if line.script or self._closing or len(self._branches) == BRANCHES_AT_ONCE or self._count < 3:
            return False
        if line.parent:
            return line.left > 2 and self._rng.random() < NESTED_CHANCE
        return self._rng.random() < FORK_CHANCE

    def _fork(self, parent: Line) -> Line:
        length = self._rng.choice(BRANCH_LENGTHS)
        work = self._draw(parent.tip, at_least=min(length, 3))
        part = work.series[work.done].subject.rsplit(":", 1)[0].lower()
        word = self._rng.choice(("next", "updates", "work"))
        name = f"{re.sub(r'[^a-z0-9]+', '-', part).strip('-')}-{word}-{self._count}"
        owner = self._rng.choice(AUTHORS)
        line = Line(name, parent.tip, owner, parent, length, work=[work], fork=parent.tip)
        parent.children += 1
        self._branches.append(line)
        return line

    def _merge_some(self) -> None:
        """Merge branches that are over, into parents that have gone on since."""
        for line in [line for line in self._branches if line.over]:
            parent = line.parent
            if parent and not parent.script and parent.tip != line.fork and self._rng.random() < MERGE_CHANCE:
                self._merge(line, parent)

    def _merge(self, line: Line, parent: Line) -> None:
        tree = parent.tip.tree
        for change in line.since_fork:
            tree = change.apply(tree)
        into = f" into {parent.name}" if parent.parent else ""
        text = "\n".join(
            [f"* {line.name}:", *(f"  {change.subject}" for change in reversed(line.since_fork))]
        )
        subject = f"Merge branch '{line.name}'{into}"
        parent.tip = self._committer.merge(subject, text, tree, (parent.tip, line.tip), parent.owner)
        parent.since_fork += line.since_fork
        parent.children -= 1
        self._pool += line.work
        self._branches.remove(line)

    def _everyday(self, line: Line) -> Change:
        if not line.work or self._rng.random() < NEW_WORK_CHANCE:
            line.work.append(self._draw(line.tip))
        work = line.work[-1]
        change = work.advance()
        if not work.left:
            line.work.remove(work)
        elif line.parent is None and self._rng.random() < HAND_OVER_CHANCE:
            line.work.remove(work)
            self._pool.insert(self._rng.randrange(len(self._pool) + 1), work)
        return change

    def _draw(self, tip: Commit, at_least: int = 1) -> Work:
        """Take work that a line can go on with, long work for a long branch."""
        fitting = [work for work in self._pool if work.fits(tip)]
        long = [work for work in fitting if work.left >= at_least]
        work = (long or fitting)[0]
        self._pool.remove(work)
        return work

    def _revert(self, line: Line) -> Change | None:
        """Now and then, on the main line: take back something that can be taken back."""
        if line.parent or self._rng.random() >= REVERT_CHANCE:
            return None
        possible = line.tip.carries - self._reverted
        candidates = [
            (commit.change, commit.id)
            for commit in self._committer.made
            if commit.change and commit.change.revertible and commit.change.subject in possible
        ]
        if not candidates:
            return None
        change, commit_id = self._rng.choice(candidates)
        self._reverted.add(change.subject)
        return change.reverted(commit_id)
