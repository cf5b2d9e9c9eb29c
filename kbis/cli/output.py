"""Where words go: results to stdout, progress and warnings to stderr, data as JSON."""

import json
import sys
from typing import Any

from kbis.errors import KbisError
from kbis.views.plain import printable


def say(text: str = "") -> None:
    """Print a line of the result."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print a line of progress or a warning."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """Print part of a line of progress, at once."""
    sys.stderr.write(text)
    sys.stderr.flush()


def data(value: Any) -> None:
    """Print a value as JSON, keys in the order they were given."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def complain(error: KbisError) -> None:
    """Print an error and what to do next."""
    note(f"kbis: {printable(str(error))}")
    if error.hint:
        note(f"      {printable(error.hint)}")
