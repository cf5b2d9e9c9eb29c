"""What the wheel asks of a lab: a kernel of a revision, and one boot of it. The answers are facts for the log."""

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


class Lab(Protocol):
    """Performs actions, decides nothing."""

    def image(self, signature: bytes) -> Path | None:
        """Return the image of a kernel made before, if it is still here."""

    def build(self, revision: bytes) -> Made:
        """Make the kernel of a revision."""

    def boot(self, image: Path) -> Seen:
        """Boot an image once and run the reproducer."""
