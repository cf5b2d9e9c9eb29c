"""Turning once, or to the end: step after step, waiting where others have all the work."""

import random
import time

from kbis.bisect.decision import Conclusion, Decision, Wait
from kbis.bisect.fold import Bisection
from kbis.run.step import Wheel

WAIT_S = (1.0, 3.0)
"""How long to wait before looking again whether others are done; drawn anew each time, so that two do not collide."""


def turn_once(wheel: Wheel, bisection: Bisection) -> tuple[Bisection, Decision]:
    """Do one step, and hold no claim after it: nobody knows when the next one comes.

    Raises:
        KbisError: the step could not be done; what was seen is recorded.
    """
    bisection, decision = wheel.step(bisection)
    return wheel.let_go(bisection, "the step is done"), decision


def turn_to_the_end(wheel: Wheel, bisection: Bisection) -> tuple[Bisection, Conclusion]:
    """Step until there is a conclusion, and return the state with it.

    Raises:
        KbisError: a step could not be done; what was seen is recorded.
    """
    while True:
        bisection, decision = wheel.step(bisection)
        if isinstance(decision, Conclusion):
            return bisection, decision
        if isinstance(decision, Wait):
            time.sleep(random.uniform(*WAIT_S))  # noqa: S311 - jitter, not a secret
