"""Read the log of a failed build: the first error, with its file and line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ERROR_LIMIT = 400
"""Characters of the longest error sentence."""

_PLACE = r"(?P<file>[^\s:()][^:\n]*):(?P<line>\d+):(?:\d+:)? "

# In order of worth: a compiler's own error says more than make's, which only says where it stopped.
_TOOLS = re.compile(
    "|".join(
        (
            rf"^{_PLACE}(?:fatal )?[eE]rror: (?P<message>.+)",
            r"^(?:\S*\bld(?:\.\w+)?: )?(?P<object>[^\s:()]+):(?:\([^)]*\)|\d+): (?P<reference>undefined reference .+)",
            r"^\S*\bld(?:\.\w+)?: (?!warning: )(?P<linker>(?!.*: in function ).+)",
            r"^ERROR: (?P<modpost>.+)",
            r"^(?P<driver>\S*(?:gcc|g\+\+|clang|cc1|cc|as)[\w.-]*: (?:fatal )?error: .+)",
        )
    ),
    re.MULTILINE,
)
_MAKE = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+): \*\*\* (?P<message>.+)"
    r"|^g?make(?:\[\d+\])?: \*\*\* \[(?P<rule>[^\]:\n]+):(?P<at>\d+): (?P<target>[^\]]+)\] (?P<status>.+)"
    r"|^g?make(?:\[\d+\])?: \*\*\* (?P<other>.+)",
    re.MULTILINE,
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class BuildError:
    """The first error of a build.

    Attributes:
        message: What is wrong, one line.
        file: The file it is in, relative to the source or build directory, where known.
        line: The line of that file.
    """

    message: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """The error as one line: `file:line: message`."""
        at = f"{self.file}:{self.line}: " if self.line is not None else f"{self.file}: " if self.file else ""
        return (at + self.message)[:ERROR_LIMIT]


def first_error(log: bytes, directories: Sequence[Path]) -> BuildError | None:
    """Find the first error in a build's output.

    Args:
        log: The output of the build command.
        directories: Source and build directory; their paths are left out, for they differ between machines.

    Returns:
        The error, or None when nothing in the log looks like one.
    """
    text = readable(log, directories)
    found = _TOOLS.search(text)
    if found is not None:
        return _tool_error(found)
    made = [m for m in _MAKE.finditer(text) if "(ignored)" not in m[0]]
    return _make_error(made[0]) if made else None


def readable(log: bytes, directories: Sequence[Path], stand_in: str = "") -> str:
    """A log as text without colours, with the paths of some directories replaced."""
    text = _COLOUR.sub("", log.decode("utf-8", "replace")).replace("\r\n", "\n")
    for directory in sorted(map(str, directories), key=len, reverse=True):
        text = text.replace(f"{directory}/", stand_in)
    return text


def _tool_error(found: re.Match[str]) -> BuildError:
    part = found.groupdict()
    if part["message"] is not None:
        return BuildError(part["message"].strip(), part["file"], int(part["line"]))
    if part["reference"] is not None:
        return BuildError(part["reference"].strip(), part["object"])
    return BuildError((part["linker"] or part["modpost"] or part["driver"]).strip())


def _make_error(found: re.Match[str]) -> BuildError:
    part = found.groupdict()
    if part["message"] is not None:
        return BuildError(part["message"].strip(), part["file"], int(part["line"]))
    if part["target"] is not None:
        return BuildError(f"{part['target']}: {part['status']}", part["rule"], int(part["at"]))
    return BuildError(part["other"].strip())
