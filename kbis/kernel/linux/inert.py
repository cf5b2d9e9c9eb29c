"""Could a change between two trees change the kernel that a build makes of them?

A pure rule over paths, told on Linux 6.1: a tree that holds only the files named here builds a byte-identical vmlinux.
It is one-sided: "inert" is a promise, and whatever is not understood is not inert. The reasons are Kbuild's own
(scripts/Makefile.build, Makefile.asm-generic, Makefile.lib, setlocalversion) and are named at each rule.
"""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from kbis.kernel.linux.read_set import ReadSet

TOOLS = (
    "tools/arch/",
    "tools/bpf/",
    "tools/build/",
    "tools/include/",
    "tools/lib/",
    "tools/objtool/",
    "tools/scripts/",
)
"""The parts of tools/ that a kernel build compiles or includes; the rest is for user space."""

PROSE = frozenset(
    {".clang-format", ".cocciconfig", ".editorconfig", ".get_maintainer.ignore", ".gitignore", ".mailmap"}
)
PROSE_STEMS = frozenset({"CREDITS", "COPYING", "MAINTAINERS", "README", "TODO"})
SOURCES = frozenset({".c", ".h", ".S"})
"""What the compiler opens: fixdep names each such file that was read, so one it does not name was not."""

_PLAIN_MODES = frozenset({"000000", "100644", "100755"})
_BUILD_NAMES = ("Kbuild", "Kconfig", "Makefile", "Platform")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of `git diff-tree -r --raw --no-renames`.

    Attributes:
        status: A (added), D (deleted), M (modified), T (another type), or what else git may say.
        path: Relative to the top of the tree.
        modes: The modes before and after, six octal digits; 000000 where there is none.
    """

    status: str
    path: str
    modes: tuple[str, str] = ("100644", "100644")


class Inputs:
    """What one build read, prepared for questions.

    Args:
        reads: The files that it read.
    """

    def __init__(self, reads: ReadSet) -> None:
        self._files = reads.files
        self._trees = tuple(path for path in reads.files if path.endswith("/"))
        every = [*reads.files, *reads.generated]
        self._directories = {posixpath.dirname(path) for path in reads.files}
        self._header_directories = {posixpath.dirname(path) for path in reads.files if path.endswith(".h")}
        self._names = {posixpath.basename(path) for path in every}
        self._stems = {posixpath.splitext(path)[0] for path in every}
        # Every architecture's crypto/Kconfig is read by all; what is compiled tells whose kernel it is.
        compiled = (path.split("/") for path in reads.files if posixpath.splitext(path)[1] in SOURCES)
        self._arches = {parts[1] for parts in compiled if parts[0] == "arch" and len(parts) > 2}
        self._tops = {path.split("/")[0] for path in reads.files if "/" in path}
        self._dts = {path.partition("/boot/dts/")[0] for path in reads.files if "/boot/dts/" in path}

    def live(self, changes: Iterable[Change]) -> Change | None:
        """Return the first change that could reach the kernel, or None when none can."""
        return next((change for change in changes if self.reaches(change)), None)

    def reaches(self, change: Change) -> bool:
        """Say whether one change could reach the kernel."""
        path = change.path
        if change.status not in {"A", "D", "M"} or not _PLAIN_MODES.issuperset(change.modes):
            # Links and submodules make other paths mean something else.
            return True
        if path in self._files or path.startswith(self._trees):
            return True
        name, directory = posixpath.basename(path), posixpath.dirname(path)
        if path.startswith("scripts/") or path.startswith(TOOLS) or _is_build_file(name) or _is_version(path):
            return not self._foreign(path)
        if self._is_prose(name, path):
            return False
        if change.status in {"A", "D"} and self._comes_between(path, name, directory):
            return True
        return self._may_be_input(path, name, directory)

    def _foreign(self, path: str) -> bool:
        """A file of an architecture of which nothing was read, or of a tool for user space."""
        parts = path.split("/")
        if parts[0] == "tools" and len(parts) > 2:
            return not path.startswith(TOOLS)
        return parts[0] == "arch" and len(parts) > 2 and bool(self._arches) and parts[1] not in self._arches

    @staticmethod
    def _is_prose(name: str, path: str) -> bool:
        return (
            name in PROSE
            or name.endswith((".rst", ".md"))
            or name.partition(".")[0] in PROSE_STEMS
            or path.startswith(("Documentation/", "LICENSES/"))
        )

    def _comes_between(self, path: str, name: str, directory: str) -> bool:
        """An added or removed file that may stand in for one that was read."""
        if name in self._names:
            # Earlier on the include path, arch/*/include/asm over asm-generic, in the source over a generated one.
            return True
        if name.endswith(".h") and directory in self._header_directories:
            # For __has_include, and include/uapi's own lists.
            return True
        # a.S beside a.c, a.c beside a.c_shipped: make takes the first rule that fits.
        return posixpath.splitext(path)[0] in self._stems

    def _may_be_input(self, path: str, name: str, directory: str) -> bool:
        suffix = posixpath.splitext(name)[1]
        if path.startswith("lib/test_fortify/"):
            # lib/Makefile takes them by wildcard.
            return True
        if "/boot/dts/" in path:
            return path.partition("/boot/dts/")[0] in self._dts
        if suffix in SOURCES or self._foreign(path):
            return False
        # A generator's input (a table, a script, a shipped file) is named by no dependency.
        parent = posixpath.dirname(directory)
        return (
            directory in self._directories
            or (parent != "" and parent in self._directories)
            or path.startswith("arch/")
            or (path.startswith("rust/") and "rust" in self._tops)
        )


def _is_build_file(name: str) -> bool:
    """Kbuild beside Makefile, Makefile.postlink, Kconfig.debug, Kbuild.platforms; make looks for them by name."""
    return name.startswith(_BUILD_NAMES) or name == ".gitattributes" or name.endswith(".mk")


def _is_version(path: str) -> bool:
    """What scripts/setlocalversion looks for at the top."""
    return "/" not in path and (path.startswith("localversion") or path == ".scmversion")


def parse(raw: bytes) -> tuple[Change, ...]:
    """Read what `git diff-tree -r --raw -z --no-renames OLD NEW` prints.

    Raises:
        ValueError: it is something else.
    """
    fields = raw.split(b"\0")
    if fields.pop() != b"" or len(fields) % 2:
        raise ValueError("a cut line")
    changes = []
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        old, new, _, _, status = head.decode("ascii").split(" ")
        if not old.startswith(":"):
            raise ValueError("not a raw line")
        changes.append(Change(status, path.decode("utf-8", "surrogateescape"), (old[1:], new)))
    return tuple(changes)
