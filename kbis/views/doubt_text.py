"""A decision that the evidence does not bear out, in words and as data. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from kbis.bisect.doubt import Doubt
from kbis.bisect.fold import Bisection
from kbis.bisect.support import Support
from kbis.log.kinds import Conclude, Override
from kbis.views.evidence_text import chance_words, elsewhere_words, one_in, seen_words
from kbis.views.plain import plural, printable, short

BEARING: Mapping[Support, str] = {
    "borne out": "the evidence bears it out",
    "weak": "the evidence for it is weak",
    "not borne out": "the evidence does not bear it out",
    "a person's word": "it stands on a person's word",
    "unknown": "nothing here shows whether it is right",
}
"""What each kind of support means for a verdict."""

_CALLED = {"first bad commit": "the first bad commit", "skip": "untestable"}


def doubt_lines(doubt: Doubt, bisection: Bisection, signers: Mapping[bytes, str]) -> Iterator[str]:
    """Yield what is doubtful, why, and what it led to."""
    standing = doubt.standing
    called = _CALLED.get(doubt.said, doubt.said)
    source = f"{doubt.event.kind} {short(doubt.event.id)}, signed by {signers[doubt.event.id]}"
    bearing = BEARING[doubt.support]
    if isinstance(doubt.event.data, Override):
        called += " by a person"
        bearing = "its boots speak against it"
    yield printable(f"    warning: {short(doubt.revision)} is called {called}, and {bearing} ({source})")
    if isinstance(doubt.event.data, Conclude):
        yield f"        no boot of {short(doubt.revision)} showed the target"
        return
    known = seen_words(standing), elsewhere_words(standing.elsewhere, standing.target), chance_words(standing)
    yield from (f"        {each}" for each in known if each)
    if doubt.tested:
        yield f"        tested because of it: {tested_words(bisection, doubt.tested)}"


def tested_words(bisection: Bisection, tested: tuple[bytes, ...]) -> str:
    """Return revisions, counted and named, and how many boots they took."""
    boots = sum(len(bisection.of(each).boots) for each in tested)
    return f"{plural(len(tested), 'revision')}, {plural(boots, 'boot')}: {', '.join(map(short, tested))}"


def doubt_json(doubt: Doubt, signers: Mapping[bytes, str]) -> dict[str, Any]:
    """Return a doubt as data."""
    standing = doubt.standing
    return {
        "event": doubt.event.id.hex(),
        "kind": doubt.event.kind,
        "revision": doubt.revision.hex(),
        "signer": signers[doubt.event.id],
        "said": doubt.said,
        "support": doubt.support,
        "seen": seen_words(standing),
        "hits": standing.tally.hits,
        "misses": standing.tally.misses,
        "elsewhere": {
            "hits": standing.elsewhere.hits,
            "misses": standing.elsewhere.misses,
            "revisions": standing.elsewhere.revisions,
        },
        "chance_missed": None if standing.chance_missed is None else one_in(standing.chance_missed),
        "tested_because_of_it": [each.hex() for each in doubt.tested],
    }
