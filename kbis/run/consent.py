"""Consent: a recipe's build command runs on this host, so one that came from elsewhere waits for a yes.

What this user's own key started is theirs. For anything else the recipe's digest must be on this clone's list.
"""

from pathlib import Path

from kbis.bisect.fold import Bisection
from kbis.errors import UserError
from kbis.run.session import Session

LIST = Path("kbis") / "accepted_recipes"


def consent(session: Session, bisection: Bisection) -> None:
    """Put a bisection's recipe on the list of those that may run here."""
    recipe = bisection.terms.recipe
    if recipe is not None and recipe.hex() not in _accepted(session):
        path = session.repository.directory / LIST
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(recipe.hex() + "\n")


def require_consent(session: Session, bisection: Bisection) -> None:
    """Refuse to run a recipe that nobody here has agreed to.

    Raises:
        UserError: the recipe came from another key and is not on the list.
    """
    own = session.signer.signer.public.fingerprint if session.signer else b""
    recipe = bisection.terms.recipe
    if bisection.start.key == own or recipe is None or recipe.hex() in _accepted(session):
        return
    raise UserError(
        f"The recipe of bisection {bisection.id.hex()[:12]} was written by somebody else, and its build command "
        "would run on this machine.",
        f"Read it with kbis show {bisection.id.hex()[:12]}; if you agree, add --accept-recipe.",
    )


def _accepted(session: Session) -> set[str]:
    try:
        return set((session.repository.directory / LIST).read_text().split())
    except OSError:
        return set()
