"""How sure a policy is, in words and as data: whom it suspects, and why it tests what it tests next. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from kbis.bisect.suspects import HELD_PPM, Suspects
from kbis.views.plain import percent, plural, printable, short

OLDER_TOLD_PPM = 10_000
"""From this chance on people are told that the bug may be older than the good ends."""


def suspects_lines(suspects: Suspects, subject: Callable[[bytes], str]) -> Iterator[str]:
    """Yield how sure it is, and the likeliest commits."""
    yield f"How sure: {_spread(suspects)}. The likeliest:"
    for each in suspects.likeliest:
        name = subject(each.revision)
        yield f"  {percent(each.ppm):>8}  {short(each.revision)}{f'  [{printable(name)}]' if name else ''}"
    if suspects.elsewhere_ppm >= OLDER_TOLD_PPM:
        yield f"  {percent(suspects.elsewhere_ppm):>8}  older than the good ends"


def next_words(suspects: Suspects) -> str:
    """Return why a revision is tested next, in a sentence."""
    if suspects.next_ppm is None:
        return ""
    known = suspects.next_tally.sentence()
    before = "" if known == "no boots" else f"; so far {known}"
    if suspects.proving:
        return f"The answer is clear, and this proves it{before}."
    return f"It has the bug with a chance of {_round(suspects.next_ppm)}{before}."


def short_words(suspects: Suspects) -> str:
    """Return how sure it is, in a sentence for a line of progress."""
    spread = _spread(suspects)
    return f"{spread[0].upper()}{spread[1:]}, the likeliest one {_round(suspects.likeliest[0].ppm)}."


def suspects_json(suspects: Suspects | None, subject: Callable[[bytes], str]) -> dict[str, Any] | None:
    """Return the same as data."""
    if suspects is None:
        return None
    return {
        "likeliest": [
            {"revision": each.revision.hex(), "subject": subject(each.revision), "chance_ppm": each.ppm}
            for each in suspects.likeliest
        ],
        "candidates": suspects.candidates,
        "holding_ppm": HELD_PPM,
        "holding": suspects.holding,
        "older_ppm": suspects.elsewhere_ppm,
        "next_has_bug_ppm": suspects.next_ppm,
    }


def _spread(suspects: Suspects) -> str:
    held = f"{HELD_PPM // 10_000} %"
    if suspects.holding is None:
        return f"the bug may well be older than the good ends ({_round(suspects.elsewhere_ppm)})"
    verb = "holds" if suspects.holding == 1 else "hold"
    return f"{suspects.holding} of {plural(suspects.candidates, 'commit')} {verb} {held}"


def _round(ppm: int) -> str:
    """A chance for people, who do not care for hundredths in the middle."""
    return f"{ppm / 10_000:.0f} %" if 10_000 <= ppm <= 990_000 else percent(ppm)
