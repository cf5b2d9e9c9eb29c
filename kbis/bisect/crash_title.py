"""What a crash title says: what kind of crash, in which function, in which file. Pure.

The forms are those that kernel developers search for: `KASAN: use-after-free Read in tty_release`,
`kernel BUG at fs/inode.c:LINE!`, `INFO: task hung in rtnl_lock`. What a boot's title means must not change after a
verdict was derived from it, so the judgement reads titles by its own table and not by the console reader's.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

BAD_ACCESS, INVALID_FREE, STACK_OVERFLOW = "bad memory access", "invalid free", "stack overflow"
HUNG, STALLED = "hung task", "stall"

ASSERTIONS = frozenset({"kernel BUG", "WARNING"})
"""Kinds that happen where the source says so; other reports are made by a checker, far from the bug."""

HANGS = frozenset({HUNG, STALLED})
"""Kinds that are caught by a time limit, so that where they are caught differs from boot to boot."""

_KINDS: tuple[tuple[str, str], ...] = (
    ("KASAN: invalid-free", INVALID_FREE),
    ("KASAN: double-free", INVALID_FREE),
    ("KFENCE: invalid free", INVALID_FREE),
    ("KFENCE: memory corruption", "KFENCE: memory corruption"),
    ("KASAN: ", BAD_ACCESS),
    ("KFENCE: ", BAD_ACCESS),
    ("KMSAN: ", BAD_ACCESS),
    ("BUG: KASAN: ", BAD_ACCESS),
    ("BUG: unable to handle ", BAD_ACCESS),
    ("BUG: corrupted list", BAD_ACCESS),
    ("BUG: kernel NULL pointer dereference", BAD_ACCESS),
    ("general protection fault", BAD_ACCESS),
    ("Unhandled fault", BAD_ACCESS),
    ("kernel panic: corrupted stack end", STACK_OVERFLOW),
    ("BUG: stack guard page was hit", STACK_OVERFLOW),
    ("kernel stack overflow", STACK_OVERFLOW),
    ("INFO: task hung", HUNG),
    ("INFO: task can't die", HUNG),
    ("no output", HUNG),
    ("INFO: rcu detected stall", STALLED),
    ("BUG: soft lockup", STALLED),
)
"""What different reports of one bug share: a wild pointer is seen by whichever check meets it first."""

_SHARED = {
    "bad-access": BAD_ACCESS,
    "invalid-free": INVALID_FREE,
    "stack-overflow": STACK_OVERFLOW,
    "hang": HUNG,
    "stall": STALLED,
}
"""What alternative titles begin with when they stand for every report of one kind in one function."""

_TYPES: tuple[tuple[str, str], ...] = (
    ("KASAN-INVALID-FREE", INVALID_FREE),
    ("KFENCE-INVALID-FREE", INVALID_FREE),
    ("KASAN-", BAD_ACCESS),
    ("KFENCE-", BAD_ACCESS),
    ("KMSAN-", BAD_ACCESS),
    ("NULL-", BAD_ACCESS),
    ("MEMORY_SAFETY_BUG", BAD_ACCESS),
    ("HANG", HUNG),
)

_FILE = re.compile(r"((?:[\w.+-]+/)*[\w.+-]+\.(?:c|h|S|rs)):(?:LINE|\d+)")
_LINE = re.compile(r"(\.(?:c|h|S|rs)):\d+\b")
_IN = re.compile(r"(.+) in (\S+(?: / \S+)*)")
_UNREADABLE = "corrupted"
"""Stands in a title for the function that a garbled report does not tell."""

_WRAPPER = re.compile(
    r"__(?:x64|x32|ia32|arm64|s390x?|riscv|powerpc|loongarch|mips|se|do)_(?:compat_)?sys_(?=\w)"
    r"|(?:compat_)?(?:sys|SyS)_(?=\w)"
)
"""What a system call's function is called around its name (include/linux/syscalls.h and arch syscall_wrapper.h)."""

_FAMILIES = (
    (re.compile(r"(?:__)?smp_call_function(?:_\w+)?"), "smp_call_function"),
    (re.compile(r"synchronize_(?:rcu|sched)(?:_\w+)?"), "synchronize_rcu"),
)
"""Variants of one function that wait for the same thing (kernel/smp.c; kernel/rcu, one flavour since 4.20)."""

_SUFFIX = re.compile(r"\.(?:isra|constprop|part|cold|llvm|lto_priv)\b.*")


@dataclass(frozen=True, slots=True)
class CrashTitle:
    """A title, taken apart.

    Attributes:
        kind: What kind of crash it is, one word for all reports of one sort.
        what: The title before the place, as it is written.
        function: The function it names, without what compilers and system call wrappers add; None without one.
        file: The source file it names, with its path; None without one.
        is_garbled: It says that the report does not tell the function.
    """

    kind: str
    what: str
    function: str | None = None
    file: str | None = None
    is_garbled: bool = False


@lru_cache(maxsize=4096)
def read_title(title: str, crash_type: str | None = None) -> CrashTitle:
    """Take a title apart; the type helps only where the title itself is of no known kind.

    Args:
        title: A crash title.
        crash_type: The type recorded with it.
    """
    found = _FILE.search(title)
    if found:
        what = title[: found.start()].removesuffix(" at ").removesuffix(" in ").rstrip()
        return CrashTitle(_kind(what, crash_type), what, None, found[1])
    place = _IN.fullmatch(title)
    if place is None:
        return CrashTitle(_kind(title, crash_type), title)
    kind = _kind(place[1], crash_type)
    if place[2] == _UNREADABLE:
        return CrashTitle(kind, place[1], is_garbled=True)
    return CrashTitle(kind, place[1], plain_function(place[2]))


def plain_function(name: str) -> str:
    """Return a function's name without what compilers and system call wrappers add to it."""
    return " / ".join(sorted(map(_plain, name.split(" / "))))


@lru_cache(maxsize=4096)
def without_lines(title: str) -> str:
    """Return a title with every line number of a source file as LINE."""
    return _LINE.sub(r"\1:LINE", title)


def file_name(path: str) -> str:
    """Return the last part of a path."""
    return PurePosixPath(path).name


def directory(path: str) -> str:
    """Return the directory of a path, "" for a bare file name."""
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else parent


def _plain(name: str) -> str:
    bare = _WRAPPER.sub("", _SUFFIX.sub("", name))
    return next((family for pattern, family in _FAMILIES if pattern.fullmatch(bare)), bare)


def _kind(what: str, crash_type: str | None) -> str:
    if what in _SHARED:
        return _SHARED[what]
    for start, kind in _KINDS:
        if what.startswith(start):
            return kind
    for start, kind in _TYPES if crash_type else ():
        if str(crash_type).startswith(start):
            return kind
    return what
