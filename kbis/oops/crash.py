"""What a console showed, as one value."""

from dataclasses import dataclass

MAX_FRAMES = 32
"""Frames kept of the guilty stack."""

MAX_REPORT_BYTES = 64 * 1024
"""Size of the longest excerpt kept as the report."""


@dataclass(frozen=True, slots=True)
class Crash:
    """One crash read from a console.

    Attributes:
        title: What kernel developers search for, such as ``KASAN: use-after-free Read in tty_release``.
        type: The class of the crash, a function of the title (see `kbis.oops.types`).
        frames: Function names of the guilty stack, innermost first, at most 32.
        alternatives: Other titles the same crash may carry, sorted.
        frame: The guilty function, or "" where the title names none.
        corrupted: The report is incomplete or mixed with other output: the title is not to be relied on.
        suppressed: The crash says nothing of the kernel (out of memory in the test programs, for example).
        report: The part of the console that is the report, at most 64 KiB.
    """

    title: str
    type: str
    frames: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    frame: str = ""
    corrupted: bool = False
    suppressed: bool = False
    report: bytes = b""
