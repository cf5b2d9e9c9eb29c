"""One append in a process of its own, whose means can be limited: `python -m tests.log.lone_append REPOSITORY [MOST]`.

MOST is the longest file the process may write, in bytes: with it the disk is full at any place one likes. What the
user would see of an error is printed as one line of JSON; else the id of the event.
"""

import json
import resource
import signal
import sys
from pathlib import Path

from kbis.errors import KbisError
from kbis.log.attachments import Content
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from tests.log.world import ANN, a_commit, open_log


def main(repository: str, most: str = "", durable: str = "") -> None:
    try:
        log = open_log(Path(repository), ANN, durable=bool(durable))
        counted = log.counted()
        print(json.dumps({"read": sum(map(len, counted.bisections.values()))}), flush=True)
        [(start, *_), *_] = counted.bisections.values()
        if most:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
        draft = Draft(
            a_commit(1), Boot("crash", title="x" * 100), (Content("console", bytes(range(256)) * 8),)
        )
        [event] = log.append(start.repository, start.id, [start], [draft])
        print(json.dumps({"id": event.id.hex()}), flush=True)
    except KbisError as why:
        print(json.dumps({"error": type(why).__name__, "message": str(why), "hint": why.hint}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
