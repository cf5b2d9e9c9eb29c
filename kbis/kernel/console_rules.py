"""What a boot showed by the recipe's own rules: patterns of the console, and the value given to isa-debug-exit.

They are for guests that nobody taught kbis's markers: a teaching kernel's tests, a memory tester, a unikernel.
"""

import re
from collections.abc import Sequence

from kbis.kernel.boot import BootFacts
from kbis.kernel.outcome import BOOT_FAILED_TYPE, HANG_TYPE, PANIC, REBOOT, Outcome, reached, read
from kbis.kernel.recipe import BootRecipe

FAILURE_TYPE, EXIT_TYPE = "FAILURE", "EXIT"
ENDED_EARLY = ("the guest ended without its sign of success", FAILURE_TYPE)


def read_by_rules(facts: BootFacts, recipe: BootRecipe, *, boot_is_test: bool = True) -> Outcome:
    """Read the outcome of a boot, by the recipe's rules where it has some.

    The first of these that fits: the lab failed; the reproducer never ran; a line fits a failure pattern; the console
    shows a crash that kernels are known for; the guest gave another value than `success_exit`; it showed its sign of
    success; how it ended.

    Args:
        facts: What was seen.
        recipe: The rules.
        boot_is_test: There is no reproducer.
    """
    known = read(facts, boot_is_test=boot_is_test)
    if not recipe.says_how_it_went or known.outcome == "infra":
        return known
    if not boot_is_test and facts.ready_at is None:
        return known
    if facts.failed_line is not None:
        return Outcome("crash", reached(facts), title_of(facts.failed_line, recipe.failure), FAILURE_TYPE)
    if known.outcome == "crash" or (known.crash is not None and facts.nmi_at is None):
        return known
    if recipe.success_exit is not None and facts.ending == "debug-exit":
        value = (facts.status - 1) // 2
        if value != recipe.success_exit:
            return Outcome("crash", reached(facts), f"exit value {value}", EXIT_TYPE)
        if recipe.success is None:
            return Outcome("ok", "end")
    return Outcome("ok", "end") if facts.success_at is not None else _without_a_sign(facts, recipe, known)


def title_of(line: bytes, patterns: Sequence[str]) -> str:
    r"""Return the crash title that a failed line gives: the pattern's first group, else what the pattern fits.

    So the recipe decides what makes two failures the same: `FAIL: (\w+)` names the test, and no address with it.
    """
    text = line.decode("ascii", "replace")
    for pattern in patterns:
        found = re.search(pattern, text)
        if found is not None:
            said = next((each for each in found.groups() if each), found[0])
            words = " ".join("".join(c if c.isprintable() else " " for c in said).split())
            return words or "failure"
    return "failure"


def _without_a_sign(facts: BootFacts, recipe: BootRecipe, known: Outcome) -> Outcome:
    """Tell of a boot that no rule spoke of by how it ended."""
    wants_sign = recipe.success is not None or recipe.success_exit is not None
    if not facts.console.head and facts.ending != "debug-exit":
        return (
            known
            if known.outcome == "boot-failed"
            else Outcome("boot-failed", "nothing", None, BOOT_FAILED_TYPE)
        )
    match facts.ending:
        case "time-limit":
            frames = known.frames
            title = f"hang in {frames[0]}" if frames else "hang"
            return Outcome("hang", reached(facts), title, HANG_TYPE, frames, crash=known.crash)
        case "reset":
            return Outcome("crash", reached(facts), *REBOOT)
        case "panic":
            return Outcome("crash", reached(facts), *PANIC)
        case "refused" | "killed" | "qemu-failed":
            return known
        case "debug-exit" | "power-off" | "done":
            if wants_sign:
                return Outcome("crash", reached(facts), *ENDED_EARLY)
            return Outcome("ok", "end")
