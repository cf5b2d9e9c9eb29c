"""Where words go: results to stdout, progress and warnings to stderr, data as JSON."""

import errno
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

from kbis.errors import InfraError, KbisError
from kbis.views.plain import printable

PIPE_CLOSED = 128 + signal.SIGPIPE
"""What a shell shows of a program whose reader went away; it is no answer of ours."""


def prepare() -> None:
    """Make both streams bear every character; a closed one swallows what is written."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123 - it stays open to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def finish() -> None:
    """Write out what is still held back, so that a full disk is noticed."""
    with _writing():
        sys.stdout.flush()


def say(text: str = "") -> None:
    """Print a line of the result."""
    with _writing():
        sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print a line of progress or a warning."""
    write(text + "\n")


def write(text: str) -> None:
    """Print part of a line of progress, at once."""
    with _writing():
        sys.stderr.write(text)
        sys.stderr.flush()


def data(value: Any) -> None:
    """Print a value as JSON, keys in the order they were given."""
    say(json.dumps(value, indent=2, ensure_ascii=True))


def complain(error: KbisError) -> None:
    """Print an error and what to do next."""
    note(f"kbis: {printable(str(error))}")
    if error.hint:
        note(f"      {printable(error.hint)}")


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as why:
        _silence()
        if why.errno == errno.EPIPE:
            raise SystemExit(PIPE_CLOSED) from why
        raise InfraError(
            f"The output cannot be written: {why.strerror}.", "Nothing recorded is lost."
        ) from why


def _silence() -> None:
    """Send both streams nowhere, so that Python does not fail on them once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
