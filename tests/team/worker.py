"""A process that records and trades: `python -m tests.team.worker CLONE AUTHOR FIRST COUNT`.

Appends COUNT boots (0: without end), syncs after some of them and at the end. Prints `event ID` when an append has
returned and `synced` when a sync has, so what is printed is acknowledged.
"""

import random
import sys
from itertools import count
from pathlib import Path

from kbis.run.sync import Team
from tests.log.world import Author
from tests.team.clones import Clone


def main(path: str, author: str, first: str, most: str) -> None:
    clone = Clone(Path(path), Author(int(author)))
    team = clone.team()
    print("ready", flush=True)
    for number in count():
        if number == int(most) and number:
            break
        [event] = clone.append(int(first) + number)
        print("event", event.hex(), flush=True)
        if random.random() < 0.3:
            sync(team)
    sync(team)


def sync(team: Team) -> None:
    team.pull()
    team.push()
    print("synced", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
