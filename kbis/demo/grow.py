"""How the demo's history grows: commit by commit, on the main line and in topic branches that fork and merge.

A merge applies the branch's changes again, in order, to the tree it is merged into. This gives what git's three-way
merge gives, and where that finds a conflict (neighbouring lines in a list), what a maintainer would make of it. No
change takes another one back but the reverts and fixes, so a bug is in a commit exactly when its culprit is an ancestor.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from kbis.demo.change import Change, Series
from kbis.demo.gitobjects import EXECUTABLE, FILE, blob_id, commit_id, tree_id
from kbis.demo.people import AUTHORS, MAINTAINER, Clock, Stamp, zone_of
from kbis.demo.plan import CANDIDATE, COMMITS, Event, Plan, last_commit
from kbis.demo.pool import everyday_work
from kbis.demo.tree import Tree

BRANCHES_AT_ONCE = 3
FORK_CHANCE = 0.13
NESTED_CHANCE = 0.10
REVERT_CHANCE = 0.05
CLOSING = 26
"""Commits before the end from which on no branch is begun."""
PATIENCE = 14
"""Commits that an event waits for a branch before it happens on the main line."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit, with the subjects of all changes that are in its tree."""

    id: str
    parents: tuple[str, ...]
    tree: Tree
    message: str
    author: Stamp
    committer: Stamp
    change: Change | None
    carries: frozenset[str]


@dataclass(frozen=True, slots=True)
class History:
    """All commits, parents first; the last is the tip."""

    commits: tuple[Commit, ...]
    tags: dict[str, str]
    plan: Plan


@dataclass
class _Work:
    """A series, and how far it has come."""

    series: Series
    done: int = 0

    def fits(self, carries: frozenset[str]) -> bool:
        return all(change.subject in carries for change in self.series[: self.done])


@dataclass
class _Line:
    """A line of development."""

    name: str
    tip: Commit
    owner: str
    parent: "_Line | None" = None
    left: int = 0
    script: list[Change | None] = field(default_factory=list)
    tag: str | None = None
    since_fork: list[Change] = field(default_factory=list)
    work: list[_Work] = field(default_factory=list)
    children: int = 0
    forked_at: str = ""


class Growth:
    """A history in the making."""

    def __init__(self, base: Tree, plan: Plan, rng: Random) -> None:
        self._rng, self._plan, self._clock = rng, plan, Clock(rng)
        reserved = {change.subject for change in plan.late}
        self._pool = [
            _Work(series) for series in everyday_work(rng) if not reserved & {c.subject for c in series}
        ]
        self._events = list(plan.events)
        self._commits: list[Commit] = []
        self._where: dict[str, Commit] = {}
        self._reverted: set[str] = set()
        self._tags: dict[str, str] = {}
        self._branches: list[_Line] = []
        root = Change("Pebble: a small kernel for small machines", "The first version that runs a program.", ())
        self._main = _Line("main", self._commit((), base, root, frozenset(), MAINTAINER, MAINTAINER), MAINTAINER)

    def grow(self) -> History:
        """Grow to the end."""
        while len(self._commits) < COMMITS - 1 or self._branches or self._main.script or self._events:
            self._advance(self._pick())
        self._add(self._main, last_commit())
        self._tags[CANDIDATE] = self._main.tip.id
        return History(tuple(self._commits), self._tags, self._plan)

    @property
    def _closing(self) -> bool:
        return len(self._commits) >= COMMITS - CLOSING

    def _pick(self) -> _Line:
        """Whose turn it is."""
        ripe = [line for line in self._branches if not line.left and not line.script and not line.children]
        for line in ripe:
            parent = line.parent
            grown = parent is not None and parent.tip.id != line.forked_at
            if parent is not None and not parent.script and grown and self._rng.random() < 0.4:
                self._merge(line, parent)
        open_lines = [line for line in self._branches if line.left or line.script]
        share = 0.8 if self._closing else 0.5
        if open_lines and not self._main.script and self._rng.random() < share:
            return self._rng.choice(open_lines)
        return self._main

    def _advance(self, line: _Line) -> None:
        """One commit on a line, or on a branch that forks from it."""
        self._begin_event(line)
        if not line.script and not self._closing and len(self._branches) < BRANCHES_AT_ONCE:
            chance = NESTED_CHANCE if line.parent else FORK_CHANCE
            if self._rng.random() < chance and (line.parent is None or line.left > 2) and len(self._commits) > 2:
                line = self._fork(line)
        change = line.script.pop(0) if line.script else None
        if change is None and line is self._main and not line.script and self._rng.random() < REVERT_CHANCE:
            change = self._revert()
        self._add(line, change or self._everyday(line))
        if line.tag and not line.script:
            self._tags[line.tag] = line.tip.id
            line.tag = None

    def _begin_event(self, line: _Line) -> None:
        due = [event for event in self._events if event.at <= len(self._commits)]
        if line.script or not due:
            return
        event = next((event for event in due if self._suits(event, line)), None)
        if event is None:
            return
        self._events.remove(event)
        first, *rest = event.changes
        line.script = [first, *[None] * event.between, *rest]
        line.tag = event.tag
        line.left = max(line.left, len(line.script) + 1) if line.parent else 0

    def _suits(self, event: Event, line: _Line) -> bool:
        if line.parent is None:
            late = len(self._commits) >= event.at + PATIENCE or self._closing
            return late or not event.in_branch
        return event.in_branch and line.left > 1 and bool(line.since_fork)

    def _fork(self, parent: _Line) -> _Line:
        length = self._rng.choice((2, 2, 2, 3, 4, 5, 6, 9, 12))
        owner = self._rng.choice(AUTHORS)
        line = _Line("", parent.tip, owner, parent, length, forked_at=parent.tip.id)
        work = self._draw(line, at_least=min(length, 3))
        line.work.append(work)
        part = re.sub(r"[^a-z0-9]+", "-", work.series[work.done].subject.rsplit(":", 1)[0].lower()).strip("-")
        line.name = f"{part}-{self._rng.choice(('next', 'updates', 'work'))}-{len(self._commits)}"
        parent.children += 1
        self._branches.append(line)
        return line

    def _merge(self, line: _Line, parent: _Line) -> None:
        tree = parent.tip.tree
        for change in line.since_fork:
            tree = change.apply(tree)
        into = "" if parent is self._main else f" into {parent.name}"
        subjects = [f"  {change.subject}" for change in reversed(line.since_fork)]
        text = "\n".join([f"* {line.name}:", *subjects])
        merge = Change(f"Merge branch '{line.name}'{into}", text, ())
        carries = parent.tip.carries | line.tip.carries
        parents = (parent.tip.id, line.tip.id)
        parent.tip = self._commit(parents, tree, merge, carries, parent.owner, parent.owner, merge=True)
        parent.since_fork += line.since_fork
        parent.children -= 1
        self._pool += [work for work in line.work if work.done < len(work.series)]
        self._branches.remove(line)

    def _add(self, line: _Line, change: Change) -> None:
        """Commit a change on a line."""
        author = self._rng.choice(AUTHORS) if line.parent is None else line.owner
        carries = line.tip.carries | {change.subject}
        tree = change.apply(line.tip.tree)
        line.tip = self._commit((line.tip.id,), tree, change, carries, author, line.owner)
        line.since_fork.append(change)
        line.left = max(0, line.left - 1)

    def _everyday(self, line: _Line) -> Change:
        if not line.work or self._rng.random() < 0.25:
            line.work.append(self._draw(line))
        work = line.work[-1]
        change = work.series[work.done]
        work.done += 1
        if work.done == len(work.series):
            line.work.remove(work)
        elif line.parent is None and self._rng.random() < 0.3:
            line.work.remove(work)
            self._pool.insert(self._rng.randrange(len(self._pool) + 1), work)
        return change

    def _draw(self, line: _Line, at_least: int = 1) -> _Work:
        """Take a series that the line can go on with, a long one for a long branch."""
        fitting = [work for work in self._pool if work.fits(line.tip.carries)]
        long = [work for work in fitting if len(work.series) - work.done >= at_least]
        work = (long or fitting)[0]
        self._pool.remove(work)
        return work

    def _revert(self) -> Change | None:
        mine = {change.subject: change for change in self._main.since_fork}
        subjects = [s for s, c in mine.items() if c.note("revertible") is not None and s not in self._reverted]
        if not subjects:
            return None
        subject = self._rng.choice(subjects)
        self._reverted.add(subject)
        return mine[subject].reverted(self._where[subject].id)

    def _commit(
        self,
        parents: tuple[str, ...],
        tree: Tree,
        change: Change,
        carries: frozenset[str],
        author: str,
        owner: str,
        *,
        merge: bool = False,
    ) -> Commit:
        now = self._clock.tick()
        written = now if merge else self._clock.earlier(now)
        signers = [] if merge else list(dict.fromkeys((author, owner)))
        message = _message(change, signers)
        stamps = Stamp(author, written, zone_of(author)), Stamp(owner, now, zone_of(owner))
        files = {
            file.path: (EXECUTABLE if file.executable else FILE, blob_id(file.text))
            for file in tree.files.values()
        }
        oid = commit_id(tree_id(files), parents, str(stamps[0]), str(stamps[1]), message)
        commit = Commit(oid, parents, tree, message, *stamps, None if merge else change, carries)
        self._commits.append(commit)
        if not merge:
            self._where[change.subject] = commit
        return commit


def _message(change: Change, signers: Sequence[str]) -> str:
    paragraphs = [change.subject, change.body, "\n".join(f"Signed-off-by: {signer}" for signer in signers)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
