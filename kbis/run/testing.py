"""Testing one revision without a bisection: nothing is recorded, the answer is good, bad or untestable."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kbis.bisect.account import Word, account_of
from kbis.errors import InfraError, UserError
from kbis.kernel.slot import take_slot
from kbis.log.kinds import Boot, Build, Target
from kbis.run.consent import consent, require_consent
from kbis.run.contents import Recorded
from kbis.run.history import resolve
from kbis.run.lab import Lab
from kbis.run.labs import kernel_lab, recorded_inputs
from kbis.run.opening import accelerator, guests_of
from kbis.run.session import Session
from kbis.run.starting import record
from kbis.run.step import INFRA_TRIES
from kbis.run.wish import Wish
from kbis.run.work_directory import work_directory

BOOTS = 10
"""Boots that must all pass before a revision is good; a bug that shows in a third of the boots is missed in 2 %."""

DEAD_BOOTS = 3
"""Boots that say nothing, and no other one, before a revision counts as untestable."""


@dataclass(frozen=True)
class Request:
    """What is to be tested, and how.

    Attributes:
        revision: As git names it.
        recipe: The recipe's file; None for `kbis.toml`.
        reproducer: The reproducer's file, in place of the recipe's.
        bisection: The id of a bisection whose recorded recipe and reproducer are taken instead.
        boots: Boots that must pass.
        target: The title of the crash that makes a revision bad; None when every crash does.
        accept: Agree to run the recorded recipe, though somebody else wrote it.
    """

    revision: str
    recipe: Path | None = None
    reproducer: Path | None = None
    bisection: str | None = None
    boots: int = BOOTS
    target: str | None = None
    accept: bool = False


@dataclass(frozen=True)
class Answer:
    """What a revision is, and why."""

    word: Literal["good", "bad", "untestable"]
    revision: bytes
    reason: str


def answer(
    session: Session,
    request: Request,
    built: Callable[[Build], None],
    booted: Callable[[Boot, Word], None],
    tell: Callable[[str], None],
) -> Answer:
    """Build and boot a revision until its answer is known.

    Args:
        session: The repository.
        request: What is wanted.
        built: Is told of the build.
        booted: Is told of each boot, and what it says.
        tell: Takes a sentence for the user.

    Raises:
        UserError: there is no such revision or recipe, or the recipe may not run here.
        InfraError: the lab failed.
    """
    where = Path(session.repository.git.workdir or session.repository.git.path)
    revision = bytes.fromhex(resolve(where, [request.revision])[0])
    recorded = _inputs(session, request, revision, tell)
    recipe = recorded.recipe
    if recipe.test.script is not None:
        raise UserError(
            "The recipe tests with a script, and git can run that itself.",
            f"git bisect run SCRIPT, or kbis start --test-script {recipe.test.script}.",
        )
    git = session.repository
    with take_slot(work_directory(git, session.config), git.directory) as slot:
        how = accelerator(session, recipe.boot.emulator)
        tell(how.reason)
        guests = guests_of(session, recipe.boot.emulator, how.name, slot, tell)
        lab = kernel_lab(session, slot, recorded, guests, slot.scratch)
        return try_revision(lab, revision, request, built, booted)


def try_revision(
    lab: Lab,
    revision: bytes,
    request: Request,
    built: Callable[[Build], None],
    booted: Callable[[Boot, Word], None],
) -> Answer:
    """Let a lab build and boot a revision, and judge it by nothing but these boots.

    Raises:
        InfraError: the lab failed.
    """
    made = lab.build(revision)
    built(made.fact)
    if made.fact.outcome == "infra":
        raise InfraError(
            f"The lab could not build {revision.hex()[:12]}. {made.fact.error or ''}".rstrip(),
            "See kbis doctor.",
        )
    if made.image is None:
        return Answer("untestable", revision, made.fact.error or "it does not build")
    target = Target(request.target) if request.target else None
    misses, dead, lost, title = 0, 0, 0, ""
    error = None
    while misses < request.boots:
        number = min(lab.capacity(made.image), request.boots - misses)
        if lost:
            number = 1
        with closing(lab.boots(made.image, number)) as boots:
            for boot in (each.fact for each in boots):
                word = _word(boot, target)
                booted(boot, word)
                title = boot.title or boot.error or title
                if word == "hit":
                    # Nothing is counted here, so the other boots need not end.
                    return Answer("bad", revision, f"boot {misses + dead + 1} showed {title}")
                lost = lost + 1 if word == "infra" else 0
                misses += word == "miss"
                dead += word not in ("miss", "infra")
                if dead >= (2 * request.boots if misses else DEAD_BOOTS):
                    return Answer(
                        "untestable", revision, f"{dead} boots say nothing of it, the last: {title}"
                    )
                error = boot.error
        if lost >= INFRA_TRIES:
            raise InfraError(f"{lost} boots in a row were lost to the lab: {error}.", "See kbis doctor.")
    return Answer("good", revision, f"{misses} {'boot' if misses == 1 else 'boots'} passed")


def _word(boot: Boot, target: Target | None) -> Word:
    if target is None and boot.outcome in ("crash", "hang"):
        return "hit"
    return account_of(boot, target).word


def _inputs(session: Session, request: Request, revision: bytes, tell: Callable[[str], None]) -> Recorded:
    if request.bisection is not None:
        bisection = session.bisection(request.bisection)
        if request.accept:
            consent(session, bisection)
        require_consent(session, bisection)
        return recorded_inputs(session, bisection)
    wish = Wish(request.revision, (), recipe=request.recipe, reproducer=request.reproducer)
    return record(session, wish, revision, tell)
