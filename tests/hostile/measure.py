"""Runs a command and says how much memory it took: `python measure.py RESULT COMMAND...`.

A process of its own, and a small one: what Linux counts as a child's memory begins with that of the parent it was
forked from.
"""

import os
import sys


def main(result: str, *command: str) -> None:
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    with open(result, "w") as file:  # noqa: PTH123 - pathlib would be a third of this process
        file.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")


if __name__ == "__main__":
    main(*sys.argv[1:])
