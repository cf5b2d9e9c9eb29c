"""The judge of a bisection: the policy it names, and the ground that the repository shows."""

import pygit2

from kbis.bisect.fold import Bisection
from kbis.bisect.policy import Policy, UnknownPolicyError, policy_named
from kbis.errors import UserError
from kbis.log.kinds import Claim
from kbis.run.session import Session
from kbis.run.terrain import Ground
from kbis.views.decision_text import Subject


def judge_of(session: Session, bisection: Bisection, policy: str | None = None) -> tuple[Policy, Ground]:
    """Return the policy of a bisection, and what gives its terrain.

    Args:
        session: The repository.
        bisection: The state.
        policy: Another policy's name, in place of the one agreed at the start.

    Raises:
        UserError: this kbis does not know the policy.
    """
    try:
        rule = policy_named(policy or bisection.terms.policy)
    except UnknownPolicyError as why:
        raise UserError(f"{why}.".capitalize(), "A newer kbis may know it.") from why
    return rule, Ground(session.repository)


def subjects(session: Session, bisection: Bisection | None = None) -> Subject:
    """Return a function that gives a commit's first line: git's, else a claim's, else nothing."""
    git = session.repository.git
    said = {
        event.object: event.data.subject
        for event in (bisection.events if bisection else ())
        if isinstance(event.data, Claim) and event.data.subject
    }

    def subject(revision: bytes) -> str:
        try:
            commit = git[pygit2.Oid(raw=revision)].peel(pygit2.Commit)
        except (KeyError, pygit2.GitError):
            return said.get(revision, "")
        # The subject is the first paragraph on one line, as git's %s has it (pretty-formats in git-log(1)).
        return " ".join(commit.message.strip().partition("\n\n")[0].split("\n"))

    return subject
