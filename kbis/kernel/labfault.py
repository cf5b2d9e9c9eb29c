"""Tell a build that failed because of the lab from one that failed because of the kernel.

The lab's failures are those that another machine, or another hour, would not have: no disk, no memory, a missing
tool, two builds in one directory. Everything else is a fact about the revision.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from kbis.kernel.buildlog import readable
from kbis.kernel.tools import install_hint

TORN = "another build was at work in the same directory"
"""The reason that is worth one more try at once: the guilty process is dead by now."""

_MAKE = r"^g?make(?:\[\d+\])?: \*\*\* \[[^\n]*\] "

_FAULTS: tuple[tuple[str, str], ...] = (
    (r": (?:No space left on device|Disk quota exceeded)\.?$", "the disk is full"),
    (
        r"Killed signal terminated program|terminated with signal 9 \[Killed\]",
        "the compiler was killed (memory?)",
    ),
    (rf"{_MAKE}(?:Killed|Terminated|Error 137|Error 143)$", "a build tool was killed (memory?)"),
    (r"virtual memory exhausted|out of memory allocating|LLVM ERROR: out of memory", "memory ran out"),
    (r": Cannot allocate memory\.?$", "memory ran out"),
    (r"[Ff]ork: (?:retry: )?Resource temporarily unavailable", "no more processes can be started"),
    (r": Too many open files(?: in system)?\.?$", "no more files can be opened"),
    (r": I/O error$", "the disk is full or failed"),
    (r": (?:Read-only file system|Input/output error|Stale file handle)\.?$", "the disk failed"),
    # scripts/basic/fixdep.c reads what the compiler wrote a moment ago.
    (r"^fixdep: error opening (?:file|depfile)", TORN),
    # gcc runs a crashed compilation again, and says this when the crash does not come back.
    (
        r"The bug is not reproducible, so it is likely a hardware or OS problem",
        "the compiler crashed at random",
    ),
)
_FAULT = re.compile("|".join(f"(?P<f{n}>{pattern})" for n, (pattern, _) in enumerate(_FAULTS)), re.MULTILINE)

_NOT_FOUND = re.compile(rf"{_MAKE}Error 127$", re.MULTILINE)
_NAMED = re.compile(
    r"^(?:\S+: (?:line )?\d+: (?P<shell>\S+): (?:command )?not found"
    r"|(?:/\S+/)?(?:ba|da)?sh: (?P<bash>\S+): command not found"
    r"|g?make(?:\[\d+\])?: (?P<make>\S+): No such file or directory"
    r"|\S*env: '?(?P<env>[^':\s]+)'?: No such file or directory"
    r"|\S+: (?:fatal )?error: cannot execute '?(?P<gcc>[^'\s]+)'?: .*No such file or directory)",
    re.MULTILINE,
)
_NOT_EXECUTED = re.compile(r"(?:fatal )?error: cannot execute .*No such file or directory")

# Headers of the machine, which host programs of Linux include (Documentation/process/changes.rst).
_HOST_HEADER = re.compile(
    r"fatal error: (?P<header>openssl/\S+|libelf\.h|gelf\.h|elf\.h|ncurses\.h|std(?:io|lib)\.h): No such file"
)


def lab_fault(status: int, log: bytes, directories: Sequence[Path]) -> str | None:
    """Say why the lab, not the kernel, made a build fail.

    Args:
        status: The exit status of the build command, not 0.
        log: Its output.
        directories: Source and build directory: what is missing there is the kernel's own fault.

    Returns:
        The reason as a part of a sentence; None when the kernel itself does not build.
    """
    text = readable(log, directories, "./")
    found = _FAULT.search(text)
    if found is not None:
        return next(reason for n, (_, reason) in enumerate(_FAULTS) if found[f"f{n}"] is not None)
    if status in {137, 143}:
        return "the build command was killed"
    header = _HOST_HEADER.search(text)
    if header is not None:
        return f"the header {header['header']} of this machine is not installed"
    if status == 127 or _NOT_FOUND.search(text) or _NOT_EXECUTED.search(text):
        return _missing_tool(text)
    return None


def _missing_tool(text: str) -> str | None:
    names = [next(filter(None, found.groups())) for found in _NAMED.finditer(text)]
    tools = [name for name in names if "/" not in name or name.startswith("/")]
    if tools:
        # The last one is the one that stopped the build; earlier ones may be probes that may fail.
        return f"{tools[-1]} is not installed ({install_hint(tools[-1])})"
    return None if names else "a tool is not installed"
