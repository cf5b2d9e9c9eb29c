"""What somebody else wrote is not run on this machine before somebody here agreed."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kbis.bisect.fold import Bisection
from kbis.errors import KbisError, UserError
from kbis.log.new_key import make_key
from kbis.run.consent import consent, require_consent
from kbis.run.session import Session, open_session
from kbis.run.starting import begin
from kbis.run.testing import Request, answer
from kbis.run.wish import Wish
from tests.run.wheel import git, line_of_commits, started


@pytest.fixture
def pulled(tmp_path: Path) -> tuple[Session, Bisection]:
    """A clone in which another user trusts the one who started the bisection."""
    ada, bob = tmp_path / "ada", tmp_path / "bob"
    ada.mkdir()
    commits = line_of_commits(ada, 4)
    _, bisection = started(ada, commits[-1], commits[0])
    git(tmp_path, "clone", "-q", str(ada), str(bob))
    git(bob, "fetch", "-q", "origin", "refs/notes/kbis:refs/notes/kbis")
    make_key(bob / ".git" / "bob", "bob")
    git(bob, "config", "user.signingKey", str(bob / ".git" / "bob"))
    (bob / ".git" / "kbis").mkdir()
    signers = (ada / ".git" / "kbis" / "allowed_signers").read_text()
    (bob / ".git" / "kbis" / "allowed_signers").write_text(signers)
    session = open_session(bob, write=True, tell=lambda _: None)
    return session, session.bisection(bisection.id.hex())


def test_a_recipe_that_was_pulled_needs_a_yes(pulled: tuple[Session, Bisection]) -> None:
    session, bisection = pulled
    with pytest.raises(UserError, match="written by somebody else") as refused:
        require_consent(session, bisection)
    assert "--accept-recipe" in refused.value.hint


def test_a_yes_holds_for_that_recipe(pulled: tuple[Session, Bisection]) -> None:
    session, bisection = pulled
    consent(session, bisection)
    require_consent(session, bisection)


def test_ones_own_recipe_needs_no_yes(tmp_path: Path) -> None:
    commits = line_of_commits(tmp_path, 3)
    session, bisection = started(tmp_path, commits[-1], commits[0])
    require_consent(session, bisection)


def test_a_test_of_one_revision_waits_for_the_same_yes(pulled: tuple[Session, Bisection]) -> None:
    session, bisection = pulled
    request = Request(bisection.bad.hex(), bisection=bisection.id.hex(), boots=1)

    def tested(request: Request) -> None:
        answer(session, request, built=lambda _: None, booted=lambda *_: None, tell=lambda _: None)

    with pytest.raises(UserError, match="written by somebody else"):
        tested(request)
    with suppress(KbisError):  # whatever this recipe comes to
        tested(replace(request, accept=True))
    require_consent(session, bisection)


def test_a_yes_to_one_bisection_is_none_to_another_with_the_same_recipe(
    pulled: tuple[Session, Bisection], tmp_path: Path
) -> None:
    session, bisection = pulled
    consent(session, bisection)
    ada = open_session(tmp_path / "ada", write=True, tell=lambda _: None)
    wish = Wish(git(tmp_path / "ada", "rev-parse", "HEAD~1"), (git(tmp_path / "ada", "rev-parse", "HEAD~2"),))
    second = begin(ada, wish)
    git(tmp_path / "bob", "fetch", "-q", "origin", "+refs/notes/kbis:refs/notes/kbis")
    again = open_session(tmp_path / "bob", write=True, tell=lambda _: None)
    other = again.bisection(second.id.hex())
    assert other.terms.recipe == bisection.terms.recipe
    with pytest.raises(UserError, match="written by somebody else"):
        require_consent(again, other)
