"""What a console shows as lines, without what it says to a terminal only: colours, cursor moves, carriage returns.

The sequences are those of ECMA-48 (https://ecma-international.org/publications-and-standards/standards/ecma-48/):
CSI sequences, OSC strings, and short escapes.
"""

import re

_BREAK = re.compile(rb"\r\n|[\r\n\v\f]|\x1b\[[0-9;]*[ABEFGHJdf]|\x1b[78DEMc]")
"""Where what follows stands in another place: a line's end, or a cursor that was moved or a screen that was cleared."""

_ESCAPE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours and the like
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: a window's title
    rb"|\x1b[ -/]*[0-OQ-WYZ\\^_`-~]"
    rb"|\x1b(?:\[[0-?]*[ -/]*)?$"  # one whose end has not come yet
    rb"|\x00"
)


def lines(text: bytes) -> list[bytes]:
    """Split a text where a new line begins on the screen; the last one may go on."""
    return _BREAK.split(text)


def plain(line: bytes) -> bytes:
    """A line without escape sequences."""
    return _ESCAPE.sub(b"", line)
