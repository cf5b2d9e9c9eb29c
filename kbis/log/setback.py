"""Rollbacks that were found and are not mended: kept below the git directory until the place has all again.

A pull tells of a rollback once, in the moment it finds it. What it has found must still be there for whoever verifies
the clone later, so it is written down, one file a place; it goes when the place is seen to have all that was there,
or when a person takes note of it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kbis.log.places import Place
from kbis.log.repository import Repository
from kbis.log.seen import Rollback

DIRECTORY = Path("kbis") / "rollbacks"
"""Holds a file for each place, named by the digest of its URL."""


@dataclass(frozen=True)
class Setback:
    """A rollback as it was written down.

    Attributes:
        digest: Names the URL of the place.
        place: What people call it.
        was: The notes commit that was seen there, hex.
        now: What was there instead, hex; empty for nothing.
        events: How many events were gone from there.
        attachments: How many attachments were.
        found_s: When it was found, seconds since 1970.
    """

    digest: str
    place: str
    was: str
    now: str
    events: int
    attachments: int
    found_s: int


def write_down(repository: Repository, place: Place, lost: Rollback, now_s: int) -> None:
    """Keep a rollback; one of the same place that is kept already is the older one and stays.

    Raises:
        OSError: it cannot be written.
    """
    missing = lost.missing
    found = Setback(
        place.digest,
        lost.place,
        str(lost.was),
        "" if lost.now is None else str(lost.now),
        len(missing.events),
        len(missing.attachments),
        now_s,
    )
    path = _path(repository, place.digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(asdict(found), indent=2) + "\n")
    unfinished.replace(path)


def strike_out(repository: Repository, digest: str) -> None:
    """Forget the rollback of a place."""
    with suppress(OSError):
        _path(repository, digest).unlink()


def setbacks(repository: Repository) -> Iterator[Setback]:
    """Yield the rollbacks that are kept; a file that cannot be read is one of which nothing more is known."""
    for path in sorted((repository.directory / DIRECTORY).glob("*.json")):
        unknown = Setback(path.stem, f"the place {path.stem}", "", "", 0, 0, 0)
        try:
            yield Setback(**json.loads(path.read_text()) | {"digest": path.stem})
        except (OSError, ValueError, TypeError):
            yield unknown


def _path(repository: Repository, digest: str) -> Path:
    return repository.directory / DIRECTORY / f"{digest}.json"
