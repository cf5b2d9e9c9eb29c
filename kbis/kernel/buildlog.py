"""Read the log of a failed build: the first error, with its file and line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ERROR_LIMIT = 400
"""Characters of the longest error sentence."""

AROUND_ERROR_BYTES = 8 * 1024
"""How much is kept around a first error that is far from the end of its log."""

# What comes from <stdin> is a Makefile's probe, whose failure is an answer.
_PLACE = r"(?P<file>(?!<)[^\s:()][^:\n]*):(?P<line>\d+):(?:\d+:)? "

# In order of worth: a compiler's own error says more than make's, which only says where it stopped.
_TOOLS = re.compile(
    "|".join(
        (
            rf"^{_PLACE}(?:fatal )?[eE]rror: (?P<message>.+)",
            r"^(?:\S*\bld(?:\.\w+)?: )?(?P<object>[^\s:()]+):(?:\([^)]*\)|\d+): (?P<reference>undefined reference .+)",
            r"^\S*\bld(?:\.\w+)?: (?!warning: )(?P<linker>(?!.*: in function ).+)",
            r"^ERROR: (?P<modpost>.+)",
            r"^(?P<driver>\S*(?:gcc|g\+\+|clang|cc1|cc|as|collect2)[\w.-]*: (?:fatal )?error: .+)",
            # Kconfig's own, and those of scripts/Kconfig.include, have no word "error" and no space.
            r"^(?P<kconfig>[^\s:]*Kconfig[^\s:]*):(?P<at>\d+): ?(?!warning:)(?:error: ?)?(?P<configured>\S.*)",
            r"^\*\*\* (?P<notice>[A-Z].+)",
            r"^(?P<phase>FAILED:? .+|BTF: .+|Inconsistent kallsyms data|Failed to generate BTF for .+)",
            r"^(?P<checked>[^\s:]+): error: (?P<objtool>objtool: .+)",
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


def excerpt(log: bytes, limit: int) -> bytes:
    """The end of a log; with what is around the first error before it, where the end does not show that.

    With many jobs, make prints much between an error and its own end.
    """
    start = max(len(log) - limit, 0)
    found = _TOOLS.search(log.decode("latin-1")) if start else None
    if found is None or found.start() >= start:
        return log[start:]
    half = min(AROUND_ERROR_BYTES, limit) // 2
    first = max(found.start() - half, 0)
    around = log[first : min(first + 2 * half, start)]
    return around + b"\n[kbis: the part in between was not kept]\n" + log[start + len(around) :]


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
    if part["configured"] is not None:
        return BuildError(part["configured"].strip(), part["kconfig"], int(part["at"]))
    if part["objtool"] is not None:
        return BuildError(part["objtool"].strip(), part["checked"])
    whole = ("linker", "modpost", "driver", "notice", "phase")
    return BuildError(next(part[name] for name in whole if part[name] is not None).strip())


def _make_error(found: re.Match[str]) -> BuildError:
    part = found.groupdict()
    if part["message"] is not None:
        return BuildError(part["message"].strip(), part["file"], int(part["line"]))
    if part["target"] is not None:
        return BuildError(f"{part['target']}: {part['status']}", part["rule"], int(part["at"]))
    return BuildError(part["other"].strip())
