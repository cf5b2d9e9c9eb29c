"""Showing text that others wrote: nothing in a title or a name may drive the terminal."""

from datetime import UTC, datetime

SHORT_HEX = 12
"""Digits of an id shown to people: the kernel's convention for commits (core.abbrev in submitting-patches.rst)."""


def printable(text: str) -> str:
    """Return the text with every control, format and bidirectional character as an escape of its number."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text)


def short(oid: bytes) -> str:
    """Return the first digits of an id."""
    return oid.hex()[:SHORT_HEX]


def when(milliseconds: int) -> str:
    """Return a time as `2026-01-31 23:59:59 UTC`; what no calendar holds is shown as the number it is."""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def seconds(nanoseconds: int | None) -> str:
    """Return a duration for people: `0.31 s`, `42 s`, `3 min 5 s`, `2 h 7 min`."""
    if nanoseconds is None:
        return "?"
    whole = nanoseconds / 1e9
    if whole < 10:
        return f"{whole:.2f} s"
    minutes, rest = divmod(round(whole), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def percent(ppm: int) -> str:
    """Return parts per million as a percentage that never rounds up to certainty: counting boots cannot give it."""
    return f"{min(ppm, 999_999) // 100 / 100:.2f} %"


def plural(number: int, noun: str) -> str:
    """Return `1 boot`, `2 boots`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
