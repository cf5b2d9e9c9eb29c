"""What comes next, or how it ended, in words and as data; a search step of `git bisect` in git's own words. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from kbis.bisect.decision import Conclusion, Decision, Test, Unseen, Wait
from kbis.bisect.gitpick import bisecting_line
from kbis.views.plain import percent, plural, printable, short

UNSURE_PPM = 950_000
"""Below this the user is told how to be surer."""

MOST_LISTED = 20
"""Most commits of a range that are listed; `--json` has all."""

Subject = Callable[[bytes], str]
"""Gives the first line of a commit's message, or nothing where the commit is not here."""


def decision_lines(decision: Decision, subject: Subject) -> list[str]:
    """Return what comes next, in words; a search step in git's own."""
    match decision:
        case Test(revision, phase, left, steps, boots):
            where = f"[{revision.hex()}] {printable(subject(revision))}".rstrip()
            if boots is not None and left is not None:
                return [f"Next: up to {plural(boots, 'boot')} of", where]
            if left is not None and steps is not None:
                return [bisecting_line(left, steps), where]
            return [f"Next: the {phase}", where]
        case Wait(revisions):
            named = ", ".join(map(short, revisions))
            return [f"Everything worth testing is being tested by others: {named}"]
        case Unseen(phase):
            return [
                f"Next: a revision of the {phase} phase; which one, commits or tags would tell that are not here."
            ]
        case Conclusion():
            return conclusion_lines(decision, subject)


def conclusion_lines(end: Conclusion, subject: Subject) -> list[str]:
    """Return a conclusion in words, in git's own where git has them (builtin/bisect.c)."""
    sure = list(_sure_lines(end))
    doubts = [f"But {printable(each)}." for each in end.remarks]
    if end.result == "first bad commit":
        revision = end.candidates[0]
        name = printable(subject(revision))
        return [
            f"{revision.hex()} is the first bad commit",
            *([f"    {name}"] if name else []),
            *sure,
            *doubts,
        ]
    if end.result == "untestable between":
        listed = [f"{each.hex()} {printable(subject(each))}".rstrip() for each in end.candidates]
        return [
            "There are only 'skip'ped commits left to test.",
            "The first bad commit could be any of:",
            *listed,
            "We cannot bisect more!",
            *sure,
        ]
    if end.result == "range":
        listed = [
            f"{each.hex()} {printable(subject(each))}".rstrip() for each in end.candidates[:MOST_LISTED]
        ]
        more = len(end.candidates) - len(listed)
        return [
            f"The first bad commit could be any of {len(end.candidates)}: {printable(end.reason)}.",
            *listed,
            *([f"and {more} more"] if more else []),
            *sure,
        ]
    return [f"{end.result.capitalize()}: {printable(end.reason)}.", *sure]


def decision_json(decision: Decision) -> dict[str, Any]:
    """Return what comes next as data."""
    match decision:
        case Test(revision, phase, left, steps, boots):
            return {
                "do": "test",
                "revision": revision.hex(),
                "phase": phase,
                "left": left,
                "steps": steps,
                "boots": boots,
            }
        case Wait(revisions):
            return {"do": "wait", "revisions": [each.hex() for each in revisions]}
        case Unseen(phase):
            return {"do": "unseen", "phase": phase}
        case Conclusion(result, candidates, reason, ppm, remarks, sure_of):
            return {
                "do": "conclude",
                "result": result,
                "candidates": [each.hex() for each in candidates],
                "reason": reason,
                "confidence_ppm": ppm,
                "sure_of": sure_of if ppm is not None else None,
                "remarks": list(remarks),
            }


def _sure_lines(end: Conclusion) -> Iterator[str]:
    ppm = end.confidence_ppm
    match end.sure_of:
        case _ if ppm is None:
            return
        case "the answer":
            yield f"This is {percent(ppm)} sure."
        case "no missed bug":
            yield f"The chance that no good verdict is a missed crash is at least {percent(ppm)}."
            if ppm < UNSURE_PPM:
                yield "That is little: begin again with more boots a revision (kbis start --boots)."
