"""What a verification found, for people and as data. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kbis.log.elsewhere import Elsewhere
from kbis.log.news import News
from kbis.log.trouble import Matter, Severity, Trouble
from kbis.log.verify import Verified
from kbis.views.matters import MEANING
from kbis.views.plain import plural, printable, short

SHOWN = 10
"""Of each matter so many cases are printed; --json has more."""

_GRAVE: tuple[Severity, ...] = ("failure", "warning")


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        verified: The log of this clone.
        tip: The newest commit of it, hex; empty when there is none.
        elsewhere: How other refs compare with it.
        asked: How many signatures ssh-keygen was asked about; None when it was not.
    """

    verified: Verified
    tip: str
    elsewhere: tuple[Elsewhere, ...]
    asked: int | None


def verification_lines(found: Verification) -> Iterator[str]:
    """Yield the report: what there is, what counts, what is wrong and what to do."""
    verified = found.verified
    where = f", refs/kbis/log at {found.tip[:12]}" if found.tip else ""
    yield (
        f"{plural(verified.lines, 'line')} in {plural(verified.notes, 'note')}, "
        f"{plural(verified.attachments, 'attachment')}{where}."
    )
    yield from _table(verified)
    if found.asked is not None:
        yield f"ssh-keygen was asked about {plural(found.asked, 'signature')}."
    for each in found.elsewhere:
        yield from _compared(each)
    totals = verified.troubles.totals
    for severity in _GRAVE:
        for matter in MEANING:
            number = totals[severity, matter]
            if number:
                yield ""
                yield from _matter(severity, matter, number, verified.troubles.kept)
    yield ""
    yield _sum(totals)


def verification_json(found: Verification) -> dict[str, Any]:
    """Return the report as data."""
    verified = found.verified
    return {
        "tip": found.tip or None,
        "lines": verified.lines,
        "notes": verified.notes,
        "attachments": verified.attachments,
        "counting": len(verified.counted.signers),
        "bisections": [
            {"bisection": search.hex(), "counts": counts, "ignored": ignored, "signers": dict(signers)}
            for search, counts, ignored, signers in _rows(verified)
        ],
        "failures": verified.troubles.failures,
        "totals": [
            {"severity": severity, "matter": matter, "number": number}
            for (severity, matter), number in sorted(verified.troubles.totals.items())
        ],
        "troubles": [_trouble_json(each) for each in verified.troubles.kept],
        "elsewhere": [
            {
                "ref": each.ref,
                "tip": each.tip,
                "lacks": {"events": len(each.lacks.events), "attachments": len(each.lacks.attachments)},
                "more": {"events": len(each.more.events), "attachments": len(each.more.attachments)},
                "robbed": each.robbed,
                "removals": [
                    {"commit": gone.commit, "author": gone.author, "time_s": gone.time_s}
                    for gone in each.removals
                ],
            }
            for each in found.elsewhere
        ],
        "ssh_keygen_asked": found.asked,
    }


def _rows(verified: Verified) -> Iterator[tuple[bytes, int, int, Counter[str]]]:
    """Yield for each bisection how many events count, how many do not, and who signed those that do."""
    ignored: Counter[bytes] = Counter()
    for event_id, event in verified.events.items():
        ignored[event.search] += event_id not in verified.counted.signers
    signers: dict[bytes, Counter[str]] = defaultdict(Counter)
    for search, events in verified.counted.bisections.items():
        signers[search].update(verified.counted.signers[each.id] for each in events)
    for search in sorted(ignored, key=lambda each: (-signers[each].total(), each)):
        yield search, signers[search].total(), ignored[search], signers[search]


def _table(verified: Verified) -> Iterator[str]:
    rows = list(_rows(verified))
    if not rows:
        return
    yield ""
    yield "  bisection     counts  ignored  signed by"
    for search, counts, ignored, signers in rows[:SHOWN]:
        names = ", ".join(f"{printable(name)} {number}" for name, number in signers.most_common(5))
        yield f"  {short(search)}  {counts:>6}  {ignored:>7}  {names}".rstrip()
    if rows[SHOWN:]:
        yield f"  and {len(rows) - SHOWN} more"


def _compared(elsewhere: Elsewhere) -> Iterator[str]:
    ref = printable(elsewhere.ref)
    lacks, more = (_size(each) for each in (elsewhere.lacks, elsewhere.more))
    if lacks:
        yield f"{ref} lacks {lacks} of this log: kbis push brings them there."
    if more:
        yield f"{ref} holds {more} that this log does not: kbis pull takes them in."


def _size(news: News) -> str:
    counts = (
        (len(news.events), "event"),
        (len(news.attachments), "attachment"),
        (news.no_events, "other line"),
        (news.foreign, "foreign path"),
        (news.unreadable, "unreadable note"),
    )
    return ", ".join(plural(number, noun) for number, noun in counts if number)


def _matter(severity: Severity, matter: Matter, number: int, kept: list[Trouble]) -> Iterator[str]:
    meaning, advice = MEANING[matter]
    yield f"{'FAILURE' if severity == 'failure' else 'warning'}  {matter} ({number}): {meaning}."
    cases = [each for each in kept if (each.severity, each.matter) == (severity, matter)]
    alike = Counter(each.detail for each in cases)
    first = {each.detail: each for each in reversed(cases)}
    for detail, times in list(alike.items())[:SHOWN]:
        each = first[detail]
        place = f"on {each.note[:12]}: " if each.note else ""
        event = f"{each.event.kind} {short(each.event.id)}: " if each.event else ""
        more = f" (so {times} times)" if times > 1 else ""
        yield printable(f"    {place}{event}{detail}{more}")
    if number > sum(alike[detail] for detail in list(alike)[:SHOWN]):
        yield f"    and more; --json lists the first {len(cases)}"
    yield f"  {advice}"


def _sum(totals: Mapping[tuple[Severity, Matter], int]) -> str:
    sums: Counter[Severity] = Counter()
    for (severity, _), number in totals.items():
        sums[severity] += number
    if not sums:
        return "All is well."
    failures, warnings = plural(sums["failure"], "failure"), plural(sums["warning"], "warning")
    if not sums["failure"]:
        return f"{warnings}; nothing that honest use of kbis and git does not bring about."
    return f"{failures}, {warnings}. What failed does not count, and nothing that counts depends on it."


def _trouble_json(trouble: Trouble) -> dict[str, Any]:
    return {
        "severity": trouble.severity,
        "matter": trouble.matter,
        "detail": trouble.detail,
        "note": trouble.note,
        "event": trouble.event.id.hex() if trouble.event else None,
        "kind": trouble.event.kind if trouble.event else None,
        "bisection": trouble.event.search.hex() if trouble.event else None,
    }
