"""Tell a build that failed because of the lab from one that failed because of the kernel.

The lab's failures are those that another machine, or another hour, would not have: no disk, no memory, a missing
tool, two builds in one directory, tools of another age than the source. Everything else is a fact about the revision.
"""

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kbis.kernel.buildlog import readable
from kbis.kernel.fault import Fault
from kbis.kernel.linux.misfit import misfit
from kbis.kernel.tools import install_hint

TORN = "another build was at work in the same directory"
"""The reason that is worth one more try at once: the guilty process is dead by now."""

FULL_BELOW_BYTES = 128 * 1024
"""A failed build on a disk with less free space says nothing; make has deleted the half-written target by then."""

_MAKE = r"^g?make(?:\[\d+\])?: \*\*\* \[[^\n]*\] "

_FREE_DISK = "Free some space; kbis goes on from here."
_FREE_MEMORY = "Give the build fewer jobs (kbis.jobs) or the machine more memory; kbis goes on from here."

_FAULTS: tuple[tuple[str, str, str], ...] = (
    (r"\b(?:No space left on device|Disk quota exceeded)['\")]*\.?$", "the disk is full", _FREE_DISK),
    (
        (
            r"Killed signal terminated program|terminated with signal 9 \[Killed\]"
            r"|unable to execute command: Killed|linker command failed due to signal"
        ),
        "the compiler was killed (memory?)",
        _FREE_MEMORY,
    ),
    # A shell says it of a child: dash "Killed", bash "FILE: line N: PID Killed   COMMAND".
    (
        rf"{_MAKE}(?:Killed|Terminated|Error 137|Error 143)$|^Killed$|: line \d+: +\d+ Killed\b",
        "a build tool was killed (memory?)",
        _FREE_MEMORY,
    ),
    (
        r"virtual memory exhausted|out of memory allocating|LLVM ERROR: out of memory|: memory exhausted$",
        "memory ran out",
        _FREE_MEMORY,
    ),
    (r": Cannot allocate memory\.?$", "memory ran out", _FREE_MEMORY),
    (
        r"[Ff]ork: (?:retry: )?Resource temporarily unavailable",
        "no more processes can be started",
        "See ulimit -u.",
    ),
    (r": Too many open files(?: in system)?\.?$", "no more files can be opened", "See ulimit -n."),
    # bison says it in small letters, and only that.
    (r": (?:I/O error|input/output error)$", "the disk is full or failed", _FREE_DISK),
    (
        r": Read-only file system\.?$",
        "the disk is read-only",
        "Mount it writable, or name another place in kbis.workDirectory.",
    ),
    (
        r": (?:Input/output error|Stale file handle)\.?$",
        "the disk failed",
        "The kernel's log says why: dmesg.",
    ),
    # scripts/basic/fixdep.c reads what the compiler wrote a moment ago.
    (r"^fixdep: error opening (?:file|depfile)", TORN, ""),
    # gcc runs a crashed compilation again, and says this when the crash does not come back.
    (
        r"The bug is not reproducible, so it is likely a hardware or OS problem",
        "the compiler crashed at random",
        "Test this machine's memory.",
    ),
)
_FAULT = re.compile("|".join(f"(?P<f{n}>{pattern})" for n, (pattern, *_) in enumerate(_FAULTS)), re.MULTILINE)

_NOT_FOUND = re.compile(rf"{_MAKE}Error 127$", re.MULTILINE)
_NAMED = re.compile(
    r"^(?:\S+: (?:line )?\d+: (?P<shell>\S+): (?:command )?not found"
    r"|(?:/\S+/)?(?:ba|da)?sh: (?P<bash>\S+): command not found"
    r"|g?make(?:\[\d+\])?: (?P<make>\S+): No such file or directory"
    r"|\S*env: ['\u2018]?(?P<env>[^'\u2018\u2019:\s]+)['\u2019]?: No such file or directory"
    r"|ccache: error: Could not find compiler \"(?P<ccache>[^\"\s]+)\" in PATH"
    r"|collect2: fatal error: cannot find '(?P<collect>[^'\s]+)'"
    r"|\S*: error: unable to execute command: Executable \"(?P<clang>[^\"\s]+)\" doesn't exist!"
    r"|\S+: (?:fatal )?error: cannot execute ['\u2018]?(?P<gcc>[^'\u2018\u2019\s]+)['\u2019]?:"
    r" .*No such file or directory)",
    re.MULTILINE,
)
_NOT_EXECUTED = re.compile(
    r"(?:fatal )?error: cannot execute .*No such file or directory"
    r"|^collect2: fatal error: cannot find |unable to execute command: Executable "
    r"|^ccache: error: Could not find compiler ",
    re.MULTILINE,
)

# Headers of the machine, which host programs of Linux include (Documentation/process/changes.rst). What comes from
# <stdin> is a probe whose failure the Makefile takes as an answer (tools/objtool/Makefile of 6.1).
_HOST_HEADER = re.compile(
    r"^(?!<stdin>)\S[^\n]*: fatal error: "
    r"(?P<header>openssl/\S+|libelf\.h|gelf\.h|zlib\.h|n?curses\.h|gmp\.h|std(?:io|lib)\.h|gcc-plugin\.h)"
    r": No such file",
    re.MULTILINE,
)
# link-vmlinux.sh asks for pahole itself and says this in place of the shell.
_PAHOLE = re.compile(r"^BTF: (?:\S+: )?pahole \((?P<pahole>[^)]+)\) is not available", re.MULTILINE)


def lab_fault(status: int, log: bytes, directories: Sequence[Path]) -> Fault | None:
    """Say why the lab, not the kernel, made a build fail.

    Args:
        status: The exit status of the build command, not 0.
        log: Its output.
        directories: Source and build directory: what is missing there is the kernel's own fault.

    Returns:
        The reason and what mends it; None when the kernel itself does not build.
    """
    text = readable(log, directories, "./")
    found = _FAULT.search(text)
    if found is not None:
        return next(
            Fault(reason, hint) for n, (_, reason, hint) in enumerate(_FAULTS) if found[f"f{n}"] is not None
        )
    if status in {137, 143}:
        return Fault("the build command was killed", _FREE_MEMORY)
    header = _HOST_HEADER.search(text)
    if header is not None:
        name = header["header"]
        return Fault(f"the header {name} of this machine is not installed", install_hint(name))
    pahole = _PAHOLE.search(text)
    if pahole is not None:
        return _lacking(pahole["pahole"])
    fault = misfit(text)
    if fault is not None:
        return fault
    if status == 127 or _NOT_FOUND.search(text) or _NOT_EXECUTED.search(text):
        return _missing_tool(text)
    return None


def full_disk(*directories: Path) -> Fault | None:
    """Say that a disk is full, whatever the tools made of it: some name no reason when they cannot write.

    Args:
        directories: Where the build writes; the directory of temporary files is looked at as well.
    """
    for place in (*directories, Path(tempfile.gettempdir())):
        try:
            full = shutil.disk_usage(place).free < FULL_BELOW_BYTES
        except OSError:
            continue
        if full:
            return Fault(f"the disk of {place} is full", _FREE_DISK)
    return None


def _missing_tool(text: str) -> Fault | None:
    names = [next(filter(None, found.groups())) for found in _NAMED.finditer(text)]
    tools = [name for name in names if "/" not in name or name.startswith("/")]
    if tools:
        # The last one is the one that stopped the build; earlier ones may be probes that may fail.
        return _lacking(tools[-1])
    return None if names else Fault("a tool is not installed", "kbis doctor names those that builds want.")


def _lacking(tool: str) -> Fault:
    return Fault(f"{tool} is not installed", install_hint(tool))
