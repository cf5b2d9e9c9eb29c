"""Where a bisection stands: the same facts as text and as JSON. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kbis.bisect.decision import Conclusion, Decision, Test, Unseen, Verdict, Wait
from kbis.bisect.fold import Bisection
from kbis.bisect.gitpick import bisecting_line
from kbis.bisect.policy import Policy, Terrain
from kbis.bisect.search import contradictions
from kbis.bisect.suspects import Suspects, suspects_of
from kbis.bisect.tally import Tally, tally
from kbis.bisect.target import target_of
from kbis.log.kinds import Boot, Build, Target
from kbis.views.contradiction import Torn, contradiction_lines, contradictions_json
from kbis.views.event_text import event_line
from kbis.views.people import people_json, people_lines
from kbis.views.plain import percent, plural, printable, seconds, short
from kbis.views.policy_text import terms_words
from kbis.views.suspects_text import next_words, suspects_json, suspects_lines

UNSURE_PPM = 950_000
"""Below this the user is told how to be surer."""

MOST_LISTED = 20
"""Most commits of a range that are listed; `--json` has all."""

Subject = Callable[[bytes], str]
"""Gives the first line of a commit's message, or nothing where the commit is not here."""


@dataclass(frozen=True)
class Row:
    """One revision: its verdict so far and the boots it stands on."""

    revision: bytes
    verdict: str
    reason: str
    tally: Tally
    builds: int
    by_person: bool


@dataclass(frozen=True)
class Status:
    """A bisection as its facts have it now, under one policy."""

    bisection: Bisection
    policy: str
    target: Target | None
    rows: tuple[Row, ...]
    decision: Decision
    build_ns: int
    boot_ns: int
    torn: Torn = ()
    suspects: Suspects | None = None


def status_of(bisection: Bisection, policy: Policy, terrain: Terrain) -> Status:
    """Derive the status; revisions in the order in which they were first touched."""
    bisection = bisection.with_trees(terrain.trees)
    target = target_of(bisection)
    first: dict[bytes, tuple[int, bytes]] = {}
    for event in bisection.events:
        if event.object in bisection.evidence:
            first.setdefault(event.object, event.order)
    rows = []
    for revision in sorted(first, key=lambda each: first[each]):
        evidence = bisection.shared(revision)
        judgement = policy.judge(bisection, revision)
        rows.append(
            Row(
                revision,
                judgement.verdict if judgement else "undecided",
                judgement.reason if judgement else tally(evidence.boots, target).sentence(),
                tally(evidence.boots, target),
                len(bisection.of(revision).builds),
                evidence.override is not None,
            )
        )
    decision = policy.decide(bisection, terrain)
    return Status(
        bisection,
        policy.name,
        target,
        tuple(rows),
        decision,
        _spent(bisection, Build),
        _spent(bisection, Boot),
        _torn(rows, terrain),
        suspects_of(bisection, policy, terrain, decision) if _in_search(decision) else None,
    )


def status_text(status: Status, subject: Subject, signers: Mapping[bytes, str]) -> str:
    """Return the status for people."""
    bisection = status.bisection
    boots = sum(isinstance(each.data, Boot) for each in bisection.events)
    builds = sum(isinstance(each.data, Build) for each in bisection.events)
    goods = ", ".join(short(each) for each in bisection.terms.good) or "to be found"
    spent = ", ".join(
        f"{plural(number, noun)}" + (f" ({seconds(spent)})" if spent else "")
        for number, noun, spent in ((builds, "build", status.build_ns), (boots, "boot", status.boot_ns))
    )
    title = f" ({printable(bisection.terms.title)})" if bisection.terms.title else ""
    lines = [
        f"Bisection {short(bisection.id)}{title}: bad {short(bisection.bad)}, good {goods}",
        f"Policy {terms_words(status.policy, bisection.terms.boots)}",
        f"Target: {printable(status.target.title) if status.target else 'not known yet'}",
        f"So far {spent}",
        "",
    ]
    lines += [
        f"  {short(row.revision)}  {row.verdict:<9}  {printable(row.reason)}"
        + (f"  [{printable(text)}]" if (text := subject(row.revision)) else "")
        for row in status.rows
    ]
    for section in (people_lines(bisection, signers), contradiction_lines(bisection, status.torn)):
        found = list(section)
        lines += ["", *found] if found else []
    if status.suspects is not None:
        lines += ["", *suspects_lines(status.suspects, subject)]
    ending = decision_lines(status.decision, subject)
    if status.suspects is not None and isinstance(status.decision, Test):
        ending += [next_words(status.suspects)]
    if isinstance(status.decision, Unseen) and bisection.conclusions:
        ending = [printable(f"Recorded: {event_line(bisection.conclusions[-1])}"), *ending]
    return "\n".join([*lines, *([""] if status.rows else []), *ending])


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


def _in_search(decision: Decision) -> bool:
    """Tell whether the ends are behind it, so that chances mean something."""
    return not isinstance(decision, Unseen) and not (isinstance(decision, Test) and decision.left is None)


def status_json(status: Status, subject: Subject) -> dict[str, Any]:
    """Return the status as data."""
    bisection = status.bisection
    return {
        "bisection": bisection.id.hex(),
        "title": bisection.terms.title,
        "bad": bisection.bad.hex(),
        "good": [each.hex() for each in bisection.terms.good],
        "policy": status.policy,
        "boots": bisection.terms.boots,
        "target": {"title": status.target.title, "type": status.target.type} if status.target else None,
        "build_ns": status.build_ns,
        "boot_ns": status.boot_ns,
        "revisions": [_row_json(row, subject) for row in status.rows],
        "words": people_json(bisection),
        "contradictions": contradictions_json(bisection, status.torn),
        "suspects": suspects_json(status.suspects, subject),
        "next": decision_json(status.decision),
    }


def _torn(rows: Sequence[Row], terrain: Terrain) -> Torn:
    """Find the verdicts that contradict each other, as far as the history is here."""
    verdicts: dict[bytes, Verdict] = dict.fromkeys(
        (row.revision for row in rows if row.verdict == "bad"), "bad"
    )
    verdicts.update((row.revision, "good") for row in rows if row.verdict == "good")
    return contradictions(terrain.graph, verdicts) if terrain.graph is not None else ()


def _row_json(row: Row, subject: Subject) -> Mapping[str, Any]:
    counts = row.tally
    return {
        "revision": row.revision.hex(),
        "subject": subject(row.revision),
        "verdict": row.verdict,
        "reason": row.reason,
        "by_person": row.by_person,
        "builds": row.builds,
        "boots": {
            "hits": counts.hits,
            "misses": counts.misses,
            "others": counts.others,
            "related": counts.related,
            "lost": counts.lost,
            "unbooted": counts.unbooted,
            "infra": counts.infra,
        },
    }


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


def _spent(bisection: Bisection, kind: type[Build] | type[Boot]) -> int:
    facts = (each.data for each in bisection.events if isinstance(each.data, kind))
    return sum(each.duration_ns or 0 for each in facts)
