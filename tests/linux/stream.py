"""A stream for `git fast-import`: commits whose content is given in full, none of it on the disk before."""

from collections.abc import Iterable
from typing import IO

from tests.linux.source import File

FIRST_TIME_S = 1_600_000_000
STEP_S = 3600

NAMES = ("Ada", "Bo", "Chen", "Dora", "Emre", "Fatou", "Goran", "Hana", "Ines", "Jun")


class Stream:
    """Writes commits; each gets its number as mark, and the next hour as its time."""

    def __init__(self, out: IO[bytes], branch: str) -> None:
        self._out = out
        self._branch = branch
        self._made = 0

    def commit(self, message: str, parents: tuple[int, ...], files: Iterable[File]) -> int:
        """Write a commit.

        Args:
            message: Its message.
            parents: The marks of its parents; none for the first commit.
            files: What differs from the first parent.

        Returns:
            Its mark.
        """
        self._made += 1
        name = NAMES[self._made % len(NAMES)]
        person = f"{name} <{name.lower()}@example.org> {FIRST_TIME_S + self._made * STEP_S} +0000"
        # A reset to nothing lets every commit name its parents itself.
        lines = [f"reset {self._branch}", f"commit {self._branch}", f"mark :{self._made}"]
        self._write("\n".join((*lines, f"author {person}", f"committer {person}", "")).encode())
        self._data(message.encode())
        for word, parent in zip(("from", "merge", "merge"), parents, strict=False):
            self._write(f"{word} :{parent}\n".encode())
        for file in files:
            self._write(f"M {file.mode} inline {file.path}\n".encode())
            self._data(file.content)
        return self._made

    def _data(self, content: bytes) -> None:
        self._write(b"data %d\n" % len(content))
        self._write(content)
        self._write(b"\n")

    def _write(self, content: bytes) -> None:
        self._out.write(content)
