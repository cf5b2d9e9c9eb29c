"""Read a console: find the first crash in it."""

from kbis.oops import heads, quality, types
from kbis.oops.crash import Crash
from kbis.oops.lines import Console
from kbis.oops.names import spellings
from kbis.oops.report import Report
from kbis.oops.rule import Reading
from kbis.oops.title import clip, normalize

_NO_FRAME = "corrupted"
"""Stands in a title for the function that the report fails to tell."""


def _crash(found: Report, reading: Reading) -> Crash:
    if reading.guilt is None:
        title = normalize(reading.what)
        others: list[str] = []
        names: tuple[str, ...] = ("",)
        frames: tuple[str, ...] = ()
    else:
        names = spellings(reading.guilt.frame) if reading.guilt.frame else (_NO_FRAME,)
        frames = reading.guilt.frames
        whats = (normalize(reading.what), *reading.clusters)
        titles = [clip(f"{what} in {name}{reading.behind}") for what in whats for name in names]
        title, *others = titles
    alternatives = {*others, *map(clip, reading.also)} - {title, ""}
    return Crash(
        title=title,
        type=types.of(title),
        frames=frames,
        alternatives=tuple(sorted(alternatives)),
        frame=names[0] if names[0] != _NO_FRAME else "",
        corrupted=quality.is_corrupted(found, reading),
        suppressed=quality.is_suppressed(found),
        report=found.excerpt,
    )


def read(console: Console) -> Crash | None:
    """Read the first crash of a console.

    Args:
        console: The console as captured: any bytes, any length; a file mapped into memory will do.

    Returns:
        The crash, or None where the console shows none.
    """
    for at, rules in heads.find(console):
        found = Report(console, at)
        for rule in rules:
            message = rule.then.match(found.head, len(rule.starts))
            reading = rule.read(found, message) if message else None
            if reading is not None:
                return _crash(found, reading)
    return None
