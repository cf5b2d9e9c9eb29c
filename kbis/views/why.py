"""The story of one revision: what was seen, what was said of it, and what that led to. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kbis.bisect.consequence import led_to
from kbis.bisect.decision import Judgement
from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy, Terrain
from kbis.bisect.support import Standing, Support, standing_of, support_of_event
from kbis.log.event import Event
from kbis.log.kinds import Boot, Conclude, Override, Verdict
from kbis.views.decision_text import Subject
from kbis.views.doubt_text import BEARING, tested_words
from kbis.views.evidence_text import chance_words, elsewhere_words, one_in, seen_words
from kbis.views.plain import printable, short


@dataclass(frozen=True)
class Said:
    """A recorded verdict, how the evidence bears it out, and which revisions were tested because of it."""

    event: Event
    support: Support
    tested: tuple[bytes, ...]


@dataclass(frozen=True)
class Story:
    """All about one revision.

    Attributes:
        bisection: The state.
        standing: The evidence.
        said: The recorded verdicts that stand.
        word: A person's word, if there is one.
        judgement: What the policy says now; None while it is undecided.
        policy: The policy's name.
        answers: Recorded conclusions that name the revision as the first bad commit.
    """

    bisection: Bisection
    standing: Standing
    said: tuple[Said, ...]
    word: Event | None
    judgement: Judgement | None
    policy: str
    answers: tuple[Event, ...]


def story_of(bisection: Bisection, revision: bytes, policy: Policy, terrain: Terrain) -> Story:
    """Gather the story of a revision."""
    known = bisection.with_trees(terrain.trees)
    standing = standing_of(known, revision)
    said = tuple(
        Said(each, support_of_event(each, known, standing), led_to(known, each, terrain.graph))
        for each in known.of(revision).verdicts
    )
    answers = tuple(
        each
        for each in known.conclusions
        if isinstance(each.data, Conclude)
        and each.data.result == "first bad commit"
        and revision in each.data.candidates
    )
    judgement = policy.judge(known, revision)
    return Story(known, standing, said, known.of(revision).override, judgement, policy.name, answers)


def why_lines(story: Story, subject: Subject, signers: Mapping[bytes, str]) -> Iterator[str]:
    """Yield the story in about five lines."""
    standing = story.standing
    yield f"{short(standing.revision)} {printable(subject(standing.revision))}".rstrip()
    yield f"Seen here: {seen_words(standing)}{_shared(story)}."
    known = "; ".join(
        filter(None, [elsewhere_words(standing.elsewhere, standing.target), chance_words(standing)])
    )
    yield f"Elsewhere: {known}."
    yield from _recorded(story, signers)
    says = (
        f"{story.judgement.verdict} ({printable(story.judgement.reason)})" if story.judgement else "undecided"
    )
    yield f"{story.policy} says now: {says}."
    for each in story.said:
        if each.support == "not borne out":
            yield from _led_to(story, each)


def why_json(story: Story, subject: Subject, signers: Mapping[bytes, str]) -> dict[str, Any]:
    """Return the story as data."""
    standing = story.standing
    return {
        "bisection": story.bisection.id.hex(),
        "revision": standing.revision.hex(),
        "subject": subject(standing.revision),
        "target": standing.target.title if standing.target else None,
        "boots": [
            {
                "event": event.id.hex(),
                "outcome": event.data.outcome if isinstance(event.data, Boot) else None,
                "title": event.data.title if isinstance(event.data, Boot) else None,
                "says": account.word,
                "counts": account.counts,
                "reason": account.reason,
            }
            for event, account in standing.accounts
        ],
        "elsewhere": {
            "hits": standing.elsewhere.hits,
            "misses": standing.elsewhere.misses,
            "revisions": standing.elsewhere.revisions,
        },
        "chance_missed": None if standing.chance_missed is None else one_in(standing.chance_missed),
        "verdicts": [
            {
                "event": each.event.id.hex(),
                "verdict": _fact(each.event).verdict,
                "policy": _fact(each.event).policy,
                "reason": _fact(each.event).reason,
                "signer": signers[each.event.id],
                "support": each.support,
                "tested_because_of_it": [revision.hex() for revision in each.tested],
            }
            for each in story.said
        ],
        "word": story.word.id.hex() if story.word else None,
        "policy": story.policy,
        "says_now": story.judgement.verdict if story.judgement else None,
        "concluded_by": [each.id.hex() for each in story.answers],
    }


def _shared(story: Story) -> str:
    twins = [
        each
        for each in story.bisection.kernels.twins(story.standing.revision)
        if each != story.standing.revision
    ]
    booted = [each for each in twins if story.bisection.of(each).boots]
    return f" (with those of the same kernel at {', '.join(map(short, booted))})" if booted else ""


def _recorded(story: Story, signers: Mapping[bytes, str]) -> Iterator[str]:
    if not story.said and story.word is None:
        yield "Recorded: no verdict."
    for each in story.said:
        fact = _fact(each.event)
        yield printable(
            f"Recorded: {fact.verdict} by {fact.policy} ({fact.reason}), signed by {signers[each.event.id]}, "
            f"event {short(each.event.id)}; {BEARING[each.support]}."
        )
    if story.word is not None and isinstance(story.word.data, Override):
        word = story.word
        said = story.word.data
        yield printable(
            f"A person's word: {said.verdict}, by {signers[word.id]}, event {short(word.id)}: {said.reason}."
        )


def _led_to(story: Story, said: Said) -> Iterator[str]:
    ends = "the bisection's recorded answer rests on it" if story.answers else ""
    if not said.tested:
        if ends:
            yield f"Because of it: {ends}."
        return
    tested = tested_words(story.bisection, said.tested)
    yield f"Tested because of it: {tested}{f'; {ends}' if ends else ''}."


def _fact(event: Event) -> Verdict:
    assert isinstance(event.data, Verdict)  # noqa: S101 - a `Said` holds no other kind
    return event.data
