"""Opening a wheel: the policy, the ground and the lab of a bisection, ready to turn."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy
from kbis.errors import IntegrityError, UserError
from kbis.kernel.accel import Acceleration, acceleration
from kbis.kernel.qemu import Accelerator
from kbis.kernel.recipe import Recipe
from kbis.kernel.slot import take_slot
from kbis.run.consent import consent, require_consent
from kbis.run.judge import judge_of
from kbis.run.kernel_lab import KernelLab
from kbis.run.lab import Lab
from kbis.run.script_lab import ScriptLab
from kbis.run.session import Session
from kbis.run.step import Listener, Wheel
from kbis.run.terrain import Ground
from kbis.run.work_directory import work_directory
from kbis.run.worker import worker_name

ACCELERATION = "acceleration.json"


@contextmanager
def open_wheel(
    session: Session,
    bisection: Bisection,
    listener: Listener,
    *,
    accept: bool,
    tell: Callable[[str], None],
    judge: tuple[Policy, Ground] | None = None,
    exchange: Callable[[], None] | None = None,
) -> Iterator[Wheel]:
    """Give the wheel of a bisection; the slot it works in is held until the end.

    Args:
        session: The repository, opened for writing.
        bisection: The state.
        listener: Is told of each step.
        accept: Agree to run a recipe that somebody else wrote.
        tell: Takes a sentence for the user.
        judge: The policy and the ground, where the caller has them already.
        exchange: Pulls and pushes the log between steps; None to work alone.

    Raises:
        UserError: the recipe is not here, or nobody here has agreed to it.
        IntegrityError: an attachment is missing or damaged.
        InfraError: the lab lacks something.
    """
    if accept:
        consent(session, bisection)
    require_consent(session, bisection)
    recipe = recorded_recipe(session, bisection)
    policy, ground = judge or judge_of(session, bisection)
    repository = session.repository
    with (
        tempfile.TemporaryDirectory(prefix="kbis-") as scratch,
        take_slot(work_directory(repository, session.config), repository.directory) as slot,
    ):
        jobs = session.config.jobs
        lab: Lab
        if recipe.test.script is not None:
            lab = ScriptLab(repository.git, slot, recipe, _script(session, bisection), jobs)
        else:
            reproducer = _reproducer(session, bisection, Path(scratch))
            how = accelerator(session, recipe.boot.emulator)
            tell(how.reason)
            lab = KernelLab(repository.git, slot, recipe, reproducer, how.name, jobs)
        machine = worker_name(session, slot.number, tell)
        yield Wheel(session, lab, policy, machine, ground, listener, exchange)


def accelerator(session: Session, emulator: str) -> Acceleration:
    """Return how guests are run: as the user set it, else as the probe found out.

    Raises:
        InfraError: the emulator is not installed, or cannot run the smallest guest.
    """
    wanted: dict[str, Accelerator] = {"kvm": "kvm", "tcg": "tcg"}
    if session.config.accel in wanted:
        name = wanted[session.config.accel]
        return Acceleration(name, f"{name.upper()} is used, as kbis.accel says.")
    return acceleration(session.config.cache / ACCELERATION, emulator)


def recorded_recipe(session: Session, bisection: Bisection) -> Recipe:
    """Return the recipe that a bisection was begun with.

    Raises:
        UserError: it has none.
        IntegrityError: it is missing or damaged.
    """
    found = _attached(session, bisection, "recipe")
    if found is None:
        origin = bisection.terms.origin
        raise UserError(
            f"Bisection {bisection.id.hex()[:12]} has no recipe, so its revisions cannot be built here"
            + (f": it was imported ({origin})." if origin else "."),
            "It can be read and judged again with kbis replay; to test, begin another one with kbis start.",
        )
    return Recipe.from_bytes(found)


def recorded_reproducer(session: Session, bisection: Bisection) -> bytes | None:
    """Return the reproducer that a bisection was begun with, or None where booting is the test."""
    return _attached(session, bisection, "reproducer")


def _reproducer(session: Session, bisection: Bisection, scratch: Path) -> Path | None:
    found = recorded_reproducer(session, bisection)
    if found is None:
        return None
    path = scratch / "reproducer"
    path.write_bytes(found)
    return path


def _script(session: Session, bisection: Bisection) -> bytes:
    found = _attached(session, bisection, "script")
    if found is None:
        raise IntegrityError(
            f"Bisection {bisection.id.hex()[:12]} tests with a script that its start event does not bring.",
            "It was not made by kbis; begin another one with kbis start.",
        )
    return found


def _attached(session: Session, bisection: Bisection, kind: str) -> bytes | None:
    wanted = next((each for each in bisection.start.attachments if each.type == kind), None)
    return None if wanted is None else session.log.content(wanted)
