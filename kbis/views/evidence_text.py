"""Evidence in words: what boots showed, what they count for, how likely a miss was. Pure."""

from collections.abc import Iterable

from kbis.bisect.account import Account, Word
from kbis.bisect.fold import Bisection
from kbis.bisect.support import Elsewhere, Standing
from kbis.log.event import Event
from kbis.log.kinds import Boot, Retract, Target
from kbis.views.plain import plural, printable, short

COMMON_CHANCE, RARE_CHANCE, LEAST_CHANCE = 0.1, 1e-6, 1e-300
"""Chances above the first are shown as percentages, below the second by their order of magnitude, rounded up."""

_COUNTS: dict[Word, str] = {
    "hit": "yes, same",
    "miss": "yes",
    "related": "no, related",
    "other": "no, other",
    "lost": "no, cut short",
    "unbooted": "no, cut short",
    "infra": "no",
}


def counts_words(event: Event, account: Account, bisection: Bisection) -> str:
    """Say whether a boot counts as evidence about the target, and why."""
    by = bisection.retracted.get(event.id)
    if by is not None:
        reason = by.data.reason if isinstance(by.data, Retract) else ""
        return printable(f"no, it was retracted by {short(by.id)}: {reason}")
    return printable(f"{_COUNTS[account.word]}: {account.reason}")


def seen_words(standing: Standing) -> str:
    """Say what the boots of a revision showed."""
    every = len(standing.accounts)
    own = standing.tally
    if not every:
        return "no boot of it is recorded"
    parts = [
        f"{own.hits} of {plural(every, 'boot')} showed the target" if own.hits else "",
        _crashed(standing, "related", own.related, every),
        _crashed(standing, "other", own.others, every),
        f"{own.misses} of {plural(every, 'boot')} ran to the end without the target" if own.misses else "",
        f"{own.unbooted} did not boot{_titles(standing, 'unbooted')}" if own.unbooted else "",
        f"{own.lost} ended without a report" if own.lost else "",
        f"{own.infra} failed in the lab" if own.infra else "",
    ]
    return "; ".join(filter(None, parts))


def elsewhere_words(elsewhere: Elsewhere, target: Target | None) -> str:
    """Say how often the target shows at other revisions."""
    if target is None:
        return "the target is not known yet"
    if not elsewhere.hits:
        return f"the target, {printable(target.title)}, showed nowhere"
    telling = elsewhere.hits + elsewhere.misses
    return (
        f"the target, {printable(target.title)}, showed in {elsewhere.hits} of {plural(telling, 'boot')} "
        f"at {plural(elsewhere.revisions, 'other revision')}"
    )


def chance_words(standing: Standing) -> str:
    """Say how likely the boots would have missed the bug; empty where that cannot be told."""
    if standing.chance_missed is None:
        return ""
    missed = plural(standing.tally.misses, "boot")
    return f"if the bug were here, {missed} without it would have a chance of about {one_in(standing.chance_missed)}"


def one_in(chance: float) -> str:
    """Return a chance for people: `34 %`, `1 in 250`, `1 in 10^13`; never rounded to nothing."""
    if chance >= COMMON_CHANCE:
        return f"{round(100 * chance)} %"
    if chance >= RARE_CHANCE:
        odds = float(f"{1 / chance:.2g}")
        return f"1 in {odds:.0f}"
    if chance < LEAST_CHANCE:
        return "1 in more than 10^300"
    exponent = f"{1 / chance:e}".partition("e+")[2]
    return f"1 in 10^{int(exponent)}"


def _crashed(standing: Standing, word: Word, number: int, every: int) -> str:
    if not number:
        return ""
    whose = "of another bug" if word == "other" else "of what may be the target or not"
    reasons = dict.fromkeys(account.reason for _, account in standing.accounts if account.word == word)
    why = f" ({printable(next(iter(reasons)))})" if len(reasons) == 1 else ""
    return f"{number} of {plural(every, 'boot')} crashed, {whose}{_titles(standing, word)}{why}"


def _titles(standing: Standing, word: Word) -> str:
    """Name the titles that boots of one sort died of."""
    return _named(
        event.data.title
        for event, account in standing.accounts
        if account.word == word and isinstance(event.data, Boot)
    )


def _named(titles: Iterable[str | None]) -> str:
    known = dict.fromkeys(each for each in titles if each)
    return ": " + ", ".join(map(printable, known)) if known else ""
