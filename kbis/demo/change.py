"""Changes to the toy kernel's source, as `changes/*.changes` write them: patches without line numbers.

| line | means |
|---|---|
| `# subject` | a change; it begins a series |
| `## subject` | the next change of the series |
| text | the message |
| `!key value` | a note for the planner; `!inert`: the kernel stays the same, byte for byte |
| `@ path` | then lines ` kept`, `-removed` and `+added`, which are found by their text |
| `@new path` | a new file, of `+` lines |
| `@object path.o` | a new line in the Makefile |
| `@move path path` | a file moves |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kbis.demo.tree import Tree

DIRECTORY = Path(__file__).with_name("changes")


@dataclass(frozen=True, slots=True)
class Replace:
    """Exchange whole lines of a file."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Create:
    """Add a file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class AddObject:
    """List an object in the Makefile."""

    path: str


@dataclass(frozen=True, slots=True)
class Move:
    """Move a file."""

    name: str
    path: str


Step = Replace | Create | AddObject | Move


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit does."""

    subject: str
    body: str
    steps: tuple[Step, ...]
    notes: tuple[tuple[str, str], ...] = ()

    def note(self, key: str) -> str | None:
        """What a note says; None where there is none."""
        return dict(self.notes).get(key)

    @property
    def inert(self) -> bool:
        """True where the kernel is the same after the change, byte for byte."""
        return self.note("inert") is not None

    @property
    def revertible(self) -> bool:
        """True where nothing that comes later needs it."""
        return self.note("revertible") is not None

    @property
    def names(self) -> frozenset[str]:
        """The files it edits or moves, by their first names."""
        return frozenset(step.name for step in self.steps if isinstance(step, Replace | Move))

    def apply(self, tree: Tree) -> Tree:
        """Make the change.

        Raises:
            EditError: it does not fit.
        """
        for step in self.steps:
            match step:
                case Replace(name, old, new):
                    tree = tree.replaced(name, old, new)
                case Create(name, text):
                    tree = tree.added(name, text)
                case AddObject(path):
                    tree = tree.with_object(path)
                case Move(name, path):
                    tree = tree.moved(name, path)
        return tree

    def reverted(self, commit: str) -> "Change":
        """The change that takes this one back; it must consist of replacements."""
        steps = tuple(Replace(s.name, s.new, s.old) for s in reversed(self.steps) if isinstance(s, Replace))
        return Change(f'Revert "{self.subject}"', f"This reverts commit {commit}.", steps)


Series = tuple[Change, ...]


def read_series(file: str, words: Mapping[str, str] | None = None) -> tuple[Series, ...]:
    """Read a file of changes.

    Args:
        file: Its name below `changes/`.
        words: What to write for each `@word@`.
    """
    text = (DIRECTORY / file).read_text("utf-8")
    for word, meaning in (words or {}).items():
        text = text.replace(f"@{word}@", meaning)
    series: list[list[Change]] = []
    for head, rest in re.findall(r"(?m)^(##?) (.*(?:\n(?!##? ).*)*)", text):
        if head == "#" or not series:
            series.append([])
        series[-1].append(_change(rest))
    return tuple(tuple(changes) for changes in series)


def _change(text: str) -> Change:
    head, *parts = re.split(r"(?m)^@", text.rstrip() + "\n")
    subject, *lines = head.splitlines()
    notes = [line[1:].partition(" ")[::2] for line in lines if line.startswith("!")]
    body = "\n".join(line for line in lines if not line.startswith("!")).strip()
    return Change(subject, body, tuple(map(_step, parts)), tuple(notes))


def _step(text: str) -> Step:
    head, *lines = text.rstrip().splitlines()
    match head.split():
        case ["new", name]:
            return Create(name, _lines(lines, "+"))
        case ["object", path]:
            return AddObject(path)
        case ["move", name, path]:
            return Move(name, path)
        case [name]:
            return Replace(name, _lines(lines, " -"), _lines(lines, " +"))
        case _:
            raise ValueError(f"not a step of a change: @{head}")


def _lines(lines: list[str], kinds: str) -> str:
    """Text of the lines of some kinds; an empty line is a kept one."""
    return "".join(f"{line[1:]}\n" for line in lines if (line[:1] or " ") in kinds)
