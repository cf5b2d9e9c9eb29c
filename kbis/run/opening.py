"""Opening a wheel: the policy, the ground and the lab of a bisection, ready to turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy
from kbis.errors import IntegrityError
from kbis.kernel.accel import Acceleration, acceleration, reject
from kbis.kernel.guests import Guests
from kbis.kernel.probe import foreign
from kbis.kernel.qemu import Accelerator
from kbis.kernel.slot import Slot, take_slot
from kbis.run.consent import consent, require_consent
from kbis.run.contents import Recorded
from kbis.run.judge import judge_of
from kbis.run.lab import Lab
from kbis.run.labs import kernel_lab, recorded_inputs
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
    recorded = recorded_inputs(session, bisection)
    recipe = recorded.recipe
    policy, ground = judge or judge_of(session, bisection)
    repository = session.repository
    with take_slot(work_directory(repository, session.config), repository.directory) as slot:
        jobs = session.config.jobs
        lab: Lab
        if recipe.test.script is not None:
            lab = ScriptLab(repository.git, slot, recipe, _script(recorded, bisection), jobs)
        else:
            how = accelerator(session, recipe.boot.emulator)
            tell(how.reason)
            guests = guests_of(session, recipe.boot.emulator, how.name, slot, tell)
            lab = kernel_lab(session, slot, recorded, guests, slot.scratch)
        machine = worker_name(session, slot.number, tell)
        yield Wheel(session, lab, policy, machine, ground, listener, exchange)


def accelerator(session: Session, emulator: str) -> Acceleration:
    """Return how guests are run: as the user set it, else as the probe found out.

    Raises:
        InfraError: the emulator is not installed, or cannot run the smallest guest.
    """
    wanted: dict[str, Accelerator] = {"kvm": "kvm", "tcg": "tcg"}
    other = foreign(emulator) if session.config.accel == "kvm" else None
    if other is not None:
        return other
    if session.config.accel in wanted:
        name = wanted[session.config.accel]
        return Acceleration(name, f"{name.upper()} is used, as kbis.accel says.")
    return acceleration(session.config.cache / ACCELERATION, emulator)


def guests_of(
    session: Session, emulator: str, accelerator: Accelerator, slot: Slot, tell: Callable[[str], None]
) -> Guests:
    """Return what runs guests: where KVM turns out to be of no use, that is told and remembered."""

    def rejected(why: str) -> None:
        reject(session.config.cache / ACCELERATION, why, emulator)
        tell(why)

    return Guests(accelerator, rejected, slot.scratch)


def _script(recorded: Recorded, bisection: Bisection) -> bytes:
    found = next(iter(recorded.of("script").values()), None)
    if found is None:
        raise IntegrityError(
            f"Bisection {bisection.id.hex()[:12]} tests with a script that its start event does not bring.",
            "It was not made by kbis; begin another one with kbis start.",
        )
    return found
