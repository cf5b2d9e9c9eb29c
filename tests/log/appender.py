"""A process that appends events and says so: `python -m tests.log.appender REPOSITORY AUTHOR COUNT [OBJECTS]`.

Each id is printed after append has returned, so what is printed is acknowledged.
"""

import sys
from itertools import count
from pathlib import Path

from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from tests.log.world import Author, a_commit, open_log


def main(repository: str, number: str, most: str, objects: str = "7") -> None:
    log = open_log(Path(repository), Author(int(number)), [Author(n) for n in range(1, 10)])
    [(start, *_)] = log.counted().bisections.values()
    print("ready", flush=True)
    for n in count():
        if n == int(most):
            return
        draft = Draft(a_commit(n % int(objects)), Boot("crash", title=f"crash {n}"))
        [event] = log.append(start.repository, start.id, [start], [draft])
        print(event.id.hex(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
