"""What the wheel asks of a lab: a kernel of a revision, and boots of it. The answers are facts for the log."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kbis.log.attachments import Content
from kbis.log.kinds import Boot, Build


@dataclass(frozen=True)
class Made:
    """A build: the fact, what belongs to it, and the image when there is one."""

    fact: Build
    contents: tuple[Content, ...] = ()
    image: Path | None = None


@dataclass(frozen=True)
class Seen:
    """A boot: the fact and what belongs to it."""

    fact: Boot
    contents: tuple[Content, ...] = ()


def rest_of(boots: Generator[Seen, None, None], why: KeyboardInterrupt) -> Iterator[Seen]:
    """Stop boots that run, and yield those that had ended."""
    with suppress(KeyboardInterrupt, StopIteration):
        yield boots.throw(why)
        yield from boots


class Lab(Protocol):
    """Performs actions, decides nothing."""

    def image(self, signature: bytes) -> Path | None:
        """Return the image of a kernel made before, if it is still here."""

    def build(self, revision: bytes) -> Made:
        """Make the kernel of a revision."""

    def capacity(self, image: Path) -> int:
        """Return how many boots of an image may be made at once now; at least 1."""

    def boots(self, image: Path, number: int) -> Generator[Seen, None, None]:
        """Boot an image so many times at once and run the reproducer; yield each boot as it ends.

        An error is raised when all other boots have ended. When `KeyboardInterrupt` is thrown in, the boots that run
        are stopped, those that had ended are yielded, and it is raised again; closing stops them too.
        """
