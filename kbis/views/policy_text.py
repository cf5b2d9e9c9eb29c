"""What was agreed when a bisection began, in words. Pure."""

from kbis.bisect.policies.bayes1 import SURE, Bayes1
from kbis.views.plain import plural


def terms_words(policy: str, boots: int) -> str:
    """Return how a policy goes about it: `bayes/1, until 99 % sure`, `git/1, 10 boots a revision`.

    Args:
        policy: The policy's name.
        boots: The boots that were agreed at the start.
    """
    if policy == Bayes1.name:
        return f"{policy}, until {100 * SURE:g} % sure"
    return f"{policy}, {plural(boots, 'boot')} a revision"


def boots_words(policy: str, boots: int) -> str:
    """Return what the agreed boots are to a policy that decides by itself how often it boots; empty for others."""
    if policy != Bayes1.name:
        return ""
    return f"The bad end counts as not reproduced when {plural(boots, 'boot')} of it pass."
