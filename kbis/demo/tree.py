"""A source tree as a value: files that can be edited, added and moved without a working directory.

Files keep the name they first had, whatever their path is now. So a change that was made before a file moved, in a
branch, still finds it in the tree it is merged into.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

MAKEFILE = "Makefile"
OBJECT = "obj-y += "


class EditError(ValueError):
    """A change does not fit the tree: what it replaces is not there, or not there once."""


@dataclass(frozen=True, slots=True)
class File:
    """One file: where it is now, and its text."""

    path: str
    text: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """All files, by the name they first had."""

    files: Mapping[str, File]

    @staticmethod
    def read(directory: Path) -> "Tree":
        """Read every file below a directory; all must be UTF-8 text."""
        paths = sorted(path for path in directory.rglob("*") if path.is_file())
        files = {}
        for path in paths:
            name = path.relative_to(directory).as_posix()
            # By name: an installed package may have lost the permission, and the ids depend on it.
            files[name] = File(name, path.read_text("utf-8"), executable=path.suffix == ".sh")
        return Tree(files)

    def replaced(self, name: str, old: str, new: str) -> "Tree":
        """Exchange some whole lines, which must be there exactly once, for others."""
        file = self._file(name)
        before = "\n" + file.text
        at = before.find("\n" + old)
        if not old or at < 0 or before.rfind("\n" + old) != at:
            raise EditError(f"{name} does not have these lines exactly once:\n{old}")
        after = file.text[:at] + new + file.text[at + len(old) :]
        return self._with(name, replace(file, text=after))

    def added(self, name: str, text: str) -> "Tree":
        """Add a file."""
        if name in self.files:
            raise EditError(f"{name} is there already")
        return self._with(name, File(name, text))

    def moved(self, name: str, path: str) -> "Tree":
        """Move a file; the Makefile follows."""
        file = self._file(name)
        moved = self._with(name, replace(file, path=path))
        line = f"{OBJECT}{_object(file.path)}\n"
        if line not in self.files[MAKEFILE].text:
            return moved
        return moved.replaced(MAKEFILE, line, "").with_object(_object(path))

    def with_object(self, path: str) -> "Tree":
        """Add an object to the sorted list in the Makefile."""
        lines = self.files[MAKEFILE].text.splitlines(keepends=True)
        line = f"{OBJECT}{path}\n"
        listed = [number for number, text in enumerate(lines) if text.startswith(OBJECT)]
        before = [number for number in listed if lines[number] < line]
        lines.insert(before[-1] + 1 if before else listed[0], line)
        return self._with(MAKEFILE, replace(self.files[MAKEFILE], text="".join(lines)))

    def text(self, name: str) -> str:
        """The text of a file."""
        return self._file(name).text

    def _file(self, name: str) -> File:
        if name not in self.files:
            raise EditError(f"{name} is not there")
        return self.files[name]

    def _with(self, name: str, file: File) -> "Tree":
        return Tree({**self.files, name: file})


def _object(path: str) -> str:
    return path.rsplit(".", 1)[0] + ".o"
