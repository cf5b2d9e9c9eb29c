"""Consoles in, crashes out, one JSON object a line: for programs that read many."""

import json

from kbis.errors import UserError
from kbis.oops.crash import Crash
from kbis.oops.reader import read


def _raw(log: str) -> bytes:
    try:
        return log.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return log.encode("utf-8", "surrogatepass")


def _frame(crash: Crash) -> str:
    """What stands behind " in " where a function should."""
    return crash.frame or ("corrupted" if crash.title.endswith(" in corrupted") else "")


def answer(line: str) -> str:
    """Read the console in one line of JSON.

    Args:
        line: An object with ``id`` (any value, given back) and ``log`` (the console; bytes that are no UTF-8 may stand
            as lone surrogates, as Python's "surrogateescape" writes them).

    Returns:
        An object with ``id``, ``title`` ("" where the console shows no crash), ``alt`` (sorted), ``type``,
        ``corrupted``, ``suppressed`` and ``frame``; no line feed.

    Raises:
        UserError: The line is not such an object.
    """
    try:
        case = json.loads(line)
        identity, log = case["id"], case["log"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            "A line of the input is not a JSON object with id and log.", 'Write {"id": …, "log": …}.'
        ) from error
    if not isinstance(log, str):
        raise UserError(f"The log of {identity!r} is not a string.", "Give the console as a JSON string.")
    crash = read(_raw(log))
    return json.dumps(
        {
            "id": identity,
            "title": crash.title if crash else "",
            "alt": list(crash.alternatives) if crash else [],
            "type": crash.type if crash else "",
            "corrupted": bool(crash and crash.corrupted),
            "suppressed": bool(crash and crash.suppressed),
            "frame": _frame(crash) if crash else "",
        }
    )
