"""Consent: a build command or test script runs on this host, so one that came from elsewhere waits for a yes.

What this user's own key started is theirs. Any other bisection must be on this clone's list: its id stands for the
recipe, the script, the reproducer and the two ends, whose makefiles run here as well.
"""

from pathlib import Path

from kbis.bisect.fold import Bisection
from kbis.errors import UserError
from kbis.run.session import Session

LIST = Path("kbis") / "accepted_recipes"


def consent(session: Session, bisection: Bisection) -> None:
    """Put a bisection's recipe on the list of those that may run here."""
    name = _name(bisection)
    if name is not None and name not in _accepted(session):
        path = session.repository.directory / LIST
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(name + "\n")


def require_consent(session: Session, bisection: Bisection) -> None:
    """Refuse to run a recipe that nobody here has agreed to.

    Raises:
        UserError: the recipe came from another key and is not on the list.
    """
    own = session.signer.signer.public.fingerprint if session.signer else b""
    name = _name(bisection)
    if bisection.start.key == own or name is None or name in _accepted(session):
        return
    what = "test script" if _scripts(bisection) else "build command"
    raise UserError(
        f"The recipe of bisection {bisection.id.hex()[:12]} was written by somebody else, and its {what} "
        "would run on this machine.",
        f"Read it with kbis show {bisection.id.hex()[:12]}; if you agree, add --accept-recipe.",
    )


def _name(bisection: Bisection) -> str | None:
    """Return what is agreed to: the bisection, or None when nothing of it would run."""
    return None if bisection.terms.recipe is None else bisection.id.hex()


def _scripts(bisection: Bisection) -> tuple[str, ...]:
    return tuple(each.sha256.hex() for each in bisection.start.attachments if each.type == "script")


def _accepted(session: Session) -> set[str]:
    try:
        return set((session.repository.directory / LIST).read_text().split())
    except OSError:
        return set()
