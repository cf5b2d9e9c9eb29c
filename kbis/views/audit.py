"""An audit: which recorded decisions follow from what their writers knew, and which the evidence bears out. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kbis.bisect.doubt import Doubt
from kbis.bisect.fold import Bisection
from kbis.bisect.replay import NO_COMMITS, Check
from kbis.views.doubt_text import doubt_json, doubt_lines
from kbis.views.plain import plural, printable, short

BEYOND = "beyond"
"""The total of decisions whose writers knew events that do not count here."""


@dataclass(frozen=True)
class Audited:
    """One bisection.

    Attributes:
        bisection: The state.
        checks: Each decision recorded in it beside what its policy derives.
        signers: Who signed its events.
        trouble: Why it could not be checked, a sentence.
        doubts: Decisions that the evidence about the target does not bear out, whatever the policy says.
    """

    bisection: Bisection
    checks: tuple[Check, ...]
    signers: Mapping[bytes, str]
    trouble: str = ""
    doubts: tuple[Doubt, ...] = ()


def audit_lines(audited: Sequence[Audited]) -> Iterator[str]:
    """Yield one line a bisection, one a decision that does not follow, and the totals of each signer."""
    for each in audited:
        bisection = each.bisection
        title = f" ({printable(bisection.terms.title)})" if bisection.terms.title else ""
        said = printable(each.trouble) or _answers(Counter(map(_sort, each.checks)))
        yield f"Bisection {short(bisection.id)}{title}, {bisection.terms.policy}: {said}"
        for check in each.checks:
            if check.answer == "differs":
                by = printable(each.signers[check.event.id])
                yield printable(
                    f"    {check.event.kind} {short(check.event.id)} of {short(check.event.object)} by {by}: "
                    f"{check.said}; it should have been {check.derived}"
                )
        for doubt in each.doubts:
            yield from doubt_lines(doubt, each.bisection, each.signers)
    if not audited:
        yield "There is no bisection to audit."
        return
    totals = _totals(audited)
    if totals:
        yield ""
        for signer, answers in sorted(totals.items()):
            yield f"{printable(signer)}: {_answers(answers)}"
    yield ""
    differing = sum(answers["differs"] for answers in totals.values())
    unchecked = sum(bool(each.trouble) for each in audited)
    beyond = sum(answers[BEYOND] for answers in totals.values())
    tail = f" {plural(unchecked, 'bisection')} could not be checked." if unchecked else ""
    if beyond:
        tail += (
            f" {plural(beyond, 'decision')} cannot be checked here: their writers knew events that do not count in "
            "this clone (kbis log --all)."
        )
    if not totals:
        yield f"There is no decision to check.{tail}"
    elif differing:
        yield f"{plural(differing, 'decision')} did not follow from what was known.{tail}"
    else:
        yield f"Every decision that could be checked follows from what its writer knew.{tail}"
    doubted = sum(len(each.doubts) for each in audited)
    if doubted:
        are = "is" if doubted == 1 else "are"
        yield f"{plural(doubted, 'decision')} {are} in doubt, by the evidence about the target: see kbis why."


def audit_json(audited: Sequence[Audited]) -> dict[str, Any]:
    """Return the audit as data."""
    return {
        "bisections": [
            {
                "bisection": each.bisection.id.hex(),
                "policy": each.bisection.terms.policy,
                "trouble": each.trouble or None,
                "checks": [
                    {
                        "event": check.event.id.hex(),
                        "kind": check.event.kind,
                        "object": check.event.object.hex(),
                        "signer": each.signers[check.event.id],
                        "said": check.said,
                        "derived": check.derived,
                        "answer": check.answer,
                        "unseen": check.unseen or None,
                    }
                    for check in each.checks
                ],
                "warnings": [doubt_json(doubt, each.signers) for doubt in each.doubts],
            }
            for each in audited
        ],
        "signers": {signer: dict(answers) for signer, answers in sorted(_totals(audited).items())},
    }


def _totals(audited: Sequence[Audited]) -> Mapping[str, Counter[str]]:
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for each in audited:
        for check in each.checks:
            totals[each.signers[check.event.id]][_sort(check)] += 1
    return totals


def _sort(check: Check) -> str:
    return BEYOND if check.answer == "unseen" and check.unseen != NO_COMMITS else check.answer


def _answers(answers: Mapping[str, int]) -> str:
    total = sum(answers.values())
    if not total:
        return "no decision is recorded"
    parts = [f"{answers.get('agrees', 0)} of {plural(total, 'decision')} follow from what was known"]
    if answers.get("differs"):
        parts.append(f"{answers['differs']} do not")
    if answers.get("unseen"):
        parts.append(f"{answers['unseen']} fit it, but the commits that would prove them are not here")
    if answers.get(BEYOND):
        parts.append(f"{answers[BEYOND]} cannot be checked here")
    return ", ".join(parts)
