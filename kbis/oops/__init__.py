"""READING. Console text to crash title, type and frames. Pure."""

from kbis.oops.crash import Crash
from kbis.oops.reader import read

__all__ = ["Crash", "read"]
