"""Two policies on the same events, in words: where they part, and what each would do next. Pure."""

from collections.abc import Iterator
from typing import Any

from kbis.bisect.decision import Judgement
from kbis.bisect.fold import Bisection
from kbis.bisect.what_if import WhatIf
from kbis.views.decision_text import Subject, decision_json, decision_lines
from kbis.views.plain import plural, printable, short


def what_if_lines(found: WhatIf, bisection: Bisection, subject: Subject) -> Iterator[str]:
    """Yield the comparison."""
    one, other = found.policies
    events = plural(len(bisection.events), "event")
    yield f"Policies {one} and {other}, on the same {events} of bisection {short(bisection.id)}:"
    if not found.partings:
        yield f"Their verdicts are the same on all of {plural(found.judged, 'revision')}."
    else:
        yield f"Their verdicts part on {len(found.partings)} of {plural(found.judged, 'revision')}:"
    width = max(len(one), len(other))
    for parting in found.partings:
        name = subject(parting.revision)
        yield f"  {short(parting.revision)}{f'  [{printable(name)}]' if name else ''}"
        for policy, judgement in zip(found.policies, parting.judgements, strict=True):
            yield f"    {policy:<{width}}  {_words(judgement, parting.tally.sentence())}"
    for policy, decision in zip(found.policies, found.decisions, strict=True):
        yield ""
        yield f"By {policy}:"
        yield from (f"  {line}" for line in decision_lines(decision, subject))


def what_if_json(found: WhatIf, bisection: Bisection, subject: Subject) -> dict[str, Any]:
    """Return the comparison as data."""
    return {
        "bisection": bisection.id.hex(),
        "policies": list(found.policies),
        "judged": found.judged,
        "partings": [
            {
                "revision": parting.revision.hex(),
                "subject": subject(parting.revision),
                "verdicts": {
                    policy: _judgement_json(judgement)
                    for policy, judgement in zip(found.policies, parting.judgements, strict=True)
                },
            }
            for parting in found.partings
        ],
        "next": {
            policy: decision_json(decision)
            for policy, decision in zip(found.policies, found.decisions, strict=True)
        },
    }


def _words(judgement: Judgement | None, counts: str) -> str:
    return printable(f"{judgement.verdict}: {judgement.reason}" if judgement else f"undecided: {counts}")


def _judgement_json(judgement: Judgement | None) -> dict[str, str] | None:
    return {"verdict": judgement.verdict, "reason": judgement.reason} if judgement else None
