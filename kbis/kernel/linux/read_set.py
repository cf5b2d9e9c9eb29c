"""The files that a Kbuild build read, from what it left in the build directory.

`scripts/basic/fixdep.c` writes one `.NAME.cmd` beside each file that was made: the command, the source, and every
header that the compiler opened. `include/config/auto.conf.cmd` names every Kconfig file. Both are cheap to read; what
they cannot know (Makefiles, generators' own inputs) is left to the rules of `kbis.kernel.linux.inert`.
"""

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KCONFIG_FILES = "include/config/auto.conf.cmd"
SETTINGS = "include/config/auto.conf"
HEADER_SETTINGS = ("CONFIG_IKHEADERS=", "CONFIG_UAPI_HEADER_TEST=")
"""With these the build takes headers that nothing includes: kernel/gen_kheaders.sh, usr/include/Makefile."""

_PRODUCTS = (".a", ".ko", ".mod", ".o", "/", "%s")
"""Of what the build made, that which no source file can stand in for."""

_WORD = re.compile(rb"[^\s'\"`();|&<>]*/[^\s'\"`();|&<>]*")
_VALUE = re.compile(r'^CONFIG_\w+="(.+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReadSet:
    """What a build read.

    Attributes:
        files: Paths relative to the source tree; one that ends in "/" stands for everything below it.
        generated: Paths of files in the build directory, relative to it, that the build made and then read.
    """

    files: frozenset[str]
    generated: frozenset[str] = frozenset()


def read_set(source: Path, build: Path) -> ReadSet:
    """Return what the last builds in a directory read; after several it is the union, which is on the safe side.

    Args:
        source: The source tree; symbolic links in it are followed, so that a path names the file itself.
        build: The build directory (`make O=`); it may be the source tree.

    Raises:
        OSError: a file cannot be read.
    """
    source, build = source.absolute(), build.absolute()
    lines: set[bytes] = set()
    for file in _command_files(str(build)):
        # Most lines are the same in hundreds of files, so they are looked at only once.
        with open(file, "rb") as opened:  # noqa: PTH123 - thousands of them, and a Path costs more than the reading
            lines.update(opened.read().split(b"\n"))
    places = _Places(str(source), str(build))
    for word in _words(lines):
        places.add(word)
    for word in _kconfig_words(build / KCONFIG_FILES):
        places.add(posixpath.join(str(source), word))
    places.files.update(_named_in_settings(source, build / SETTINGS))
    return ReadSet(frozenset(places.files), frozenset(places.generated))


def _command_files(directory: str) -> Iterator[str]:
    """Every `.*.cmd` below a directory; `auto.conf.cmd` has no dot in front."""
    waiting = [directory]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        waiting.append(entry.path)
                elif entry.name.startswith(".") and entry.name.endswith(".cmd"):
                    yield entry.path


def _words(lines: set[bytes]) -> set[str]:
    """Every word that may be a path: a dependency, or an argument of a command."""
    words: set[bytes] = set()
    for line in lines:
        if line.startswith((b"  /", b"  ")) and not line.startswith(b"   "):
            words.add(line.removesuffix(b"\\").strip())
        elif b":=" in line:
            words.update(_WORD.findall(line))
            words.update(line.partition(b":=")[2].split()[:1])
    return {os.fsdecode(word) for word in words if word and not word.startswith((b"-", b"$"))}


def _kconfig_words(file: Path) -> Iterator[str]:
    """The Kconfig files, relative to the source tree (scripts/kconfig/confdata.c, conf_write_autoconf_cmd)."""
    try:
        text = file.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return
    for line in text.partition("deps_config := \\\n")[2].splitlines():
        if not line.startswith("\t"):
            break
        yield line.removesuffix("\\").strip()


def _named_in_settings(source: Path, file: Path) -> Iterator[str]:
    """Files and directories of the source tree that the configuration asks for: an initramfs, firmware, keys."""
    try:
        text = file.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return
    if any(line.startswith(HEADER_SETTINGS) for line in text.splitlines()):
        yield from ("include/", "arch/")
    for value in _VALUE.findall(text):
        for word in value.split():
            place = posixpath.normpath(posixpath.join(str(source), word))
            if not place.startswith(f"{source}/"):
                continue
            if os.path.isdir(place):  # noqa: PTH112 - a word of a setting, not a path of ours
                yield os.path.relpath(place, source) + "/"
            elif os.path.lexists(place):
                yield os.path.relpath(place, source)


class _Places:
    """Sorts paths into those of the source tree and those of the build directory."""

    def __init__(self, source: str, build: str) -> None:
        self.files: set[str] = set()
        self.generated: set[str] = set()
        self._build = build
        self._real: dict[str, str] = {}
        self._source_roots = _roots(source)
        self._build_roots = _roots(build)

    def add(self, word: str) -> None:
        """Add one path, absolute or relative to the build directory."""
        path = posixpath.normpath(posixpath.join(self._build, word))
        self._sort(path)
        actual = self._actual(path)
        if actual != path:
            # A header may be reached by a link (scripts/dtc/include-prefixes); git names it by its own path.
            self._sort(actual)

    def _sort(self, path: str) -> None:
        inside_build = _below(path, self._build_roots)
        inside_source = _below(path, self._source_roots)
        if inside_build is not None and (inside_source is None or len(inside_build) <= len(inside_source)):
            if not inside_build.endswith(_PRODUCTS):
                self.generated.add(inside_build)
            if self._build_roots != self._source_roots:
                return
        if inside_source and (posixpath.splitext(path)[1] or not os.path.isdir(path)):  # noqa: PTH112
            self.files.add(inside_source)

    def _actual(self, path: str) -> str:
        directory, _, name = path.rpartition("/")
        real = self._real.get(directory)
        if real is None:
            real = self._real[directory] = os.path.realpath(directory)
        actual = f"{real}/{name}"
        return os.path.realpath(actual) if os.path.islink(actual) else actual  # noqa: PTH114


def _roots(directory: str) -> tuple[str, ...]:
    """A directory as it was named and as it is: a build may have been given either."""
    return tuple(dict.fromkeys((f"{directory}/", f"{os.path.realpath(directory)}/")))


def _below(path: str, roots: tuple[str, ...]) -> str | None:
    return next((path[len(root) :] for root in roots if path.startswith(root)), None)
