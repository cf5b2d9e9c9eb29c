"""Types on a guest's console: each text once, when the console shows what it waits for, in order."""

import contextlib
import os
import re
from collections.abc import Sequence

from kbis.kernel.recipe import Typed
from kbis.kernel.terminal import lines, plain

UNREAD_BYTES = 4096
"""How much of what was printed since the last text was typed is looked at."""


class Dialogue:
    """Reads what the guest prints, and answers.

    Args:
        inputs: What is waited for, and typed then.
        descriptor: Where it is typed: a pipe. The texts of a recipe fit into one (64 KiB), so writing never waits.
    """

    def __init__(self, inputs: Sequence[Typed], descriptor: int) -> None:
        self._waiting = [(re.compile(each.after.encode("ascii"), re.MULTILINE), each.send) for each in inputs]
        self._descriptor = descriptor
        self._unread = b""

    def feed(self, piece: bytes) -> None:
        """Take what the guest printed."""
        self._unread = (self._unread + piece)[-UNREAD_BYTES:]
        while self._waiting:
            after, send = self._waiting[0]
            shown = b"\n".join(map(plain, lines(self._unread)))
            found = after.search(shown)
            if found is None:
                return
            self._unread = shown[found.end() :]
            del self._waiting[0]
            # A guest that is gone does not hear it.
            with contextlib.suppress(OSError):
                os.write(self._descriptor, send.encode("ascii"))
