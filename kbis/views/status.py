"""Where a bisection stands: the same facts as text and as JSON. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kbis.bisect.decision import Decision, Test, Unseen, Verdict
from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy, Terrain
from kbis.bisect.search import contradictions
from kbis.bisect.suspects import Suspects, suspects_of
from kbis.bisect.tally import Tally, tally
from kbis.bisect.target import target_of
from kbis.log.kinds import Boot, Build, Target
from kbis.views.contradiction import Torn, contradiction_lines, contradictions_json
from kbis.views.decision_text import Subject, decision_json, decision_lines
from kbis.views.event_text import event_line
from kbis.views.people import people_json, people_lines
from kbis.views.plain import plural, printable, seconds, short
from kbis.views.policy_text import terms_words
from kbis.views.suspects_text import next_words, suspects_json, suspects_lines


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
    facts = [each.data for each in bisection.events if isinstance(each.data, Build)]
    builds = sum(each.inputs_of is None for each in facts)
    unneeded = f", {plural(len(facts) - builds, 'build')} not needed" if builds < len(facts) else ""
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
        f"So far {spent}{unneeded}",
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


def _spent(bisection: Bisection, kind: type[Build] | type[Boot]) -> int:
    facts = (each.data for each in bisection.events if isinstance(each.data, kind))
    return sum(each.duration_ns or 0 for each in facts)
