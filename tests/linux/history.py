"""A synthetic history over Linux: thousands of small commits with branches and merges, the same for the same seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.linux import seeds
from tests.linux.edits import Edit, Kind

COMMITS = 3000

BROKEN_AT, REPAIRED_AT = 0.46, 0.53
NOISE_AT, NOISE_ENDS_AT = 0.58, 0.79
BUG_AT = 0.80
HEADERS_AT = (0.15, 0.55, 0.84)
"""Where the seeds lie, as shares of the history. What git tests first does not build, and most of what it tests on the
way to the bug shows the other crash."""

KINDS: Mapping[Kind, float] = {
    "document": 0.40,
    "unbuilt": 0.42,
    "kbuild": 0.02,
    "comment": 0.05,
    "code": 0.11,
}
"""How many commits do what. Of Linux's own commits, too, a small config builds few."""

BRANCHES = 0.08
"""How often a commit is followed by a branch."""
BRANCH_COMMITS = (2, 9)
BRANCH_AGE = 30
"""How many commits of the main line ago it began, at most."""

Paths = dict[str, frozenset[Edit]]


@dataclass(frozen=True, slots=True)
class Step:
    """One commit.

    Attributes:
        number: Its number; the first commit of the repository is number 1 and has no step.
        parents: Their numbers, one or two.
        message: Its message.
        changed: The files that differ from the first parent, with all edits that each has had.
    """

    number: int
    parents: tuple[int, ...]
    message: str
    changed: Paths


@dataclass(slots=True)
class _Line:
    tip: int
    edits: Paths
    own: Paths = field(default_factory=dict)


class History:
    """Makes the commits one by one.

    Args:
        pools: The files that each kind of edit may choose from, sorted.
        seed: Of all choices.
        commits: How many there are, the first one included.
        noise: Whether a stretch of it has the other crash.

    Attributes:
        planted: The commits that plant and take back, by what: bug, noise, quiet, broken, repaired.
    """

    def __init__(
        self, pools: Mapping[Kind, Sequence[str]], seed: int, *, commits: int = COMMITS, noise: bool = True
    ) -> None:
        self._pools = pools
        self._random = random.Random(seed)
        self._commits = commits
        self._number = 1
        self._headers = [int(share * commits) for share in HEADERS_AT]
        due = {"broken": BROKEN_AT, "repaired": REPAIRED_AT, "bug": BUG_AT}
        due |= {"noise": NOISE_AT, "quiet": NOISE_ENDS_AT} if noise else {}
        self._due = {word: int(share * commits) for word, share in due.items()}
        self._seeds: dict[str, Edit] = {}
        self.planted: dict[str, int] = {}

    def steps(self) -> Iterator[Step]:
        """Yield every commit but the first, parents before children."""
        main = _Line(1, {})
        past = [(main.tip, main.edits)]
        while self._number < self._commits:
            room = self._commits - self._number
            if self._random.random() < BRANCHES and room > BRANCH_COMMITS[1] + 1:
                tip, edits = self._random.choice(past)
                branch = _Line(tip, dict(edits))
                for _ in range(self._random.randint(*BRANCH_COMMITS)):
                    yield self._grow(branch, on_main=False)
                yield self._merge(main, branch)
            else:
                yield self._grow(main, on_main=True)
            past = [*past[1 - BRANCH_AGE :], (main.tip, dict(main.edits))]

    def _grow(self, line: _Line, *, on_main: bool) -> Step:
        self._number += 1
        edit = self._planted(on_main=on_main) or self._chosen(on_main=on_main)
        changed = {edit.path: line.edits.get(edit.path, frozenset()) | {edit}}
        line.edits |= changed
        line.own |= changed
        return self._step(line, (line.tip,), f"{edit.path}: {_VERBS[edit.kind]} ({edit.number})", changed)

    def _merge(self, main: _Line, branch: _Line) -> Step:
        self._number += 1
        changed = {path: main.edits.get(path, frozenset()) | edits for path, edits in branch.own.items()}
        main.edits |= changed
        return self._step(main, (main.tip, branch.tip), f"Merge branch 'topic-{branch.tip}'", changed)

    def _step(self, line: _Line, parents: tuple[int, ...], message: str, changed: Paths) -> Step:
        line.tip = self._number
        return Step(self._number, parents, message, changed)

    def _planted(self, *, on_main: bool) -> Edit | None:
        """The bug comes by a branch and a merge; what else is planted holds for the main line."""
        for word, at in self._due.items():
            if self._number >= at and word not in self.planted and on_main == (word != "bug"):
                self.planted[word] = self._number
                self._seeds[word] = seeds.plant(word, self._number, self._seeds)
                return self._seeds[word]
        return None

    def _chosen(self, *, on_main: bool) -> Edit:
        if on_main and self._headers and self._number >= self._headers[0]:
            del self._headers[0]
            kind: Kind = "header"
        else:
            (kind,) = self._random.choices(list(KINDS), list(KINDS.values()))
        return Edit(self._number, self._random.choice(self._pools[kind]), kind)


_VERBS: Mapping[Kind, str] = {
    "document": "say where it holds",
    "unbuilt": "scale by a prime",
    "kbuild": "check the order",
    "comment": "review the locking",
    "code": "scale values",
    "header": "note the review",
    "seed": "rework",
}
