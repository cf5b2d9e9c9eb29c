"""A replay in words: where a policy and the record agree, where they part, what could not be checked. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from kbis.bisect.decision import Decision
from kbis.bisect.replay import NO_COMMITS, Check
from kbis.views.decision_text import Subject, decision_lines
from kbis.views.plain import printable, short

_NAMES = {"verdict": "verdicts", "claim": "choices of what to test", "conclude": "conclusions"}
_MARKS = {"agrees": "=", "differs": "!", "unseen": "?"}


def replay_lines(policy: str, checks: Sequence[Check], decision: Decision, subject: Subject) -> Iterator[str]:
    """Yield one line a check, the counts, and what the policy says now."""
    yield f"Policy {policy}, each decision derived from the events its writer could know:"
    for check in checks:
        derived = "" if check.said == check.derived else f", derived: {check.derived}"
        if not check.derived:
            derived = f", not checked: {check.unseen}"
        yield printable(
            f"  {_MARKS[check.answer]} {short(check.event.object)} {check.event.kind:<8} {check.said}{derived}"
        )
    yield ""
    for kind, name in _NAMES.items():
        answers = Counter(check.answer for check in checks if check.event.kind == kind)
        total = answers.total()
        if not total:
            continue
        parts = [f"{answers['agrees']} of {total} {name} agree"]
        if answers["differs"]:
            parts.append(f"{answers['differs']} differ (!)")
        reasons = Counter(check.unseen for check in checks if check.event.kind == kind and check.unseen)
        without = reasons.pop(NO_COMMITS, 0)
        if without:
            parts.append(f"{without} fit what is known, but the commits that would prove it are not here (?)")
        if reasons:
            parts.append(f"{reasons.total()} follow events that do not count here and cannot be checked (?)")
        yield ", ".join(parts) + "."
    yield ""
    yield f"By {policy} and all events known now:"
    yield from decision_lines(decision, subject)
