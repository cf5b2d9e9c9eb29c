"""A process that pulls: `python -m tests.team.puller CLONE`. Prints how many events count, or the error."""

import sys
from pathlib import Path

from kbis.errors import KbisError
from tests.team.clones import Clone

if __name__ == "__main__":
    clone = Clone(Path(sys.argv[1]))
    try:
        clone.pull()
    except KbisError as error:
        print(error)
    print(len(clone.ids()))
