"""The demonstration: make the toy kernel's history, bisect it for real, and know whether the answer is right."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kbis.demo.history import TRUTH, Planted, make_history, read_planted
from kbis.errors import UserError
from kbis.log.kinds import Boot
from kbis.log.new_key import make_key
from kbis.run.git_output import git_output
from kbis.run.judge import subjects
from kbis.run.loop import turn_to_the_end
from kbis.run.opening import open_wheel
from kbis.run.session import Session, open_session
from kbis.run.starting import begin
from kbis.run.step import Listener
from kbis.run.wish import Wish
from kbis.views.decision_text import Subject, conclusion_lines
from kbis.views.plain import plural, seconds, short
from kbis.views.status import status_of

KEY = Path("kbis") / "id_ed25519"
"""The demonstration signs with a key of its own, below the git directory, and touches nothing else of the user's."""


@dataclass(frozen=True)
class Found:
    """How the demonstration ended: the planted culprit (hex), and whether it is what was found."""

    planted: str
    right: bool


def run_demo(
    directory: Path | None,
    seed: int | None,
    policy: str,
    boots: int | None,
    listener: Callable[[Subject], Listener],
    say: Callable[[str], None],
    tell: Callable[[str], None],
) -> Found:
    """Bisect the toy kernel to the end.

    Args:
        directory: Where the repository is or will be; a temporary one when None.
        seed: Which history; None takes 1 for a new one and whatever is there otherwise.
        policy: The policy's name.
        boots: What `kbis start --boots` takes; None for the policy's own.
        listener: Makes the one who is told of each step, given what names commits.
        say: Takes a line of the result.
        tell: Takes a line of progress.

    Raises:
        UserError: the directory holds something else, or a history of another seed.
        InfraError: the lab failed.
    """
    where = directory or Path(tempfile.mkdtemp(prefix="kbis-demo-"))
    planted = _history(where, seed, tell)
    session = _session(where, tell)
    subject = subjects(session)
    known = session.bisections()
    if known:
        bisection = known[-1]
        tell(f"Going on with bisection {short(bisection.id)} in {where}.")
    else:
        wish = Wish(planted.bad, (planted.good,), policy=policy, boots=boots, title="the demonstration")
        bisection = begin(session, wish)
        tell(f"Bisection {short(bisection.id)}: {planted.bad[:12]} is bad, {planted.good[:12]} is good.")
    with open_wheel(session, bisection, listener(subject), accept=False, tell=tell) as wheel:
        bisection, end = turn_to_the_end(wheel, bisection)
    for line in conclusion_lines(end, subject):
        say(line)
    status = status_of(bisection, wheel.policy, wheel.ground(bisection))
    # The rows count boots of one kernel at each revision that has it.
    total = sum(isinstance(each.data, Boot) for each in bisection.events)
    say(
        f"{plural(len(status.rows), 'revision')} tested: {seconds(status.build_ns)} of builds, "
        f"{plural(total, 'boot')} in {seconds(status.boot_ns)}."
    )
    say(f"All of it is in {where}: try kbis -C {where} status, or git log --notes=kbis there.")
    answer = end.candidates[0].hex() if end.result == "first bad commit" else ""
    return Found(planted.culprit, answer == planted.culprit)


def _history(where: Path, seed: int | None, tell: Callable[[str], None]) -> Planted:
    if (where / ".git").exists():
        if not (where / ".git" / TRUTH).exists():
            raise UserError(
                f"{where} is a repository, but not one of this demonstration.", "Name another directory."
            )
        planted = read_planted(where)
        if seed not in (None, planted.seed):
            raise UserError(
                f"{where} holds the history of seed {planted.seed}, not of {seed}.",
                "Name another directory, or remove this one.",
            )
        return planted
    if where.exists() and any(where.iterdir()):
        raise UserError(f"{where} is not empty and holds no demonstration.", "Name another directory.")
    # Made beside its place and moved there whole, so that a kill leaves no half of a history behind.
    unfinished = where.with_name(f".{where.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_history(unfinished, 1 if seed is None else seed)
    if where.exists():
        where.rmdir()
    unfinished.rename(where)
    planted = read_planted(where)
    tell(f"Made a toy kernel with its history in {where} (seed {planted.seed}).")
    return planted


def _session(where: Path, tell: Callable[[str], None]) -> Session:
    key = where / ".git" / KEY
    if not key.exists():
        make_key(key, "kbis demonstration")
        git_output(where, "config", "--local", "kbis.signingKey", str(key))
    return open_session(where, write=True, tell=tell)
