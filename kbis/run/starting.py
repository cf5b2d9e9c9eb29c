"""Starting a bisection: everything a test needs is gathered, checked and recorded once."""

import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from kbis.bisect.fold import Bisection, fold
from kbis.bisect.policy import UnknownPolicyError, policy_named
from kbis.errors import UserError
from kbis.kernel.slot import take_slot
from kbis.log.attachments import Content
from kbis.log.eventlog import Draft
from kbis.log.kinds import Start, Target
from kbis.run.consent import consent
from kbis.run.contents import Recorded, gather
from kbis.run.history import load_graph, resolve
from kbis.run.labs import guest_archive
from kbis.run.linux_config import with_config
from kbis.run.session import Session
from kbis.run.terrain import releases_before
from kbis.run.wish import Wish
from kbis.run.wished_recipe import recipe_of
from kbis.run.work_directory import work_directory


def begin(session: Session, wish: Wish, tell: Callable[[str], None] = lambda _: None) -> Bisection:
    """Record the start of a bisection and make it the current one.

    Args:
        session: The repository, opened for writing.
        wish: What the user asks for.
        tell: Takes sentences for the user.

    Raises:
        UserError: an end is no commit, a good end is no ancestor of the bad one, the recipe is missing or wrong,
            or there is no such policy.
    """
    try:
        policy = policy_named(wish.policy)
    except UnknownPolicyError as why:
        raise UserError(f"{why}.".capitalize(), "Choose one of them with --policy.") from why
    if policy.boots_are_fixed and wish.boots not in (None, policy.boots):
        raise UserError(
            f"The policy {policy.name} always takes {policy.boots} boots a revision.",
            "Leave --boots out, or choose another policy.",
        )
    if wish.target is not None and not (wish.target.strip() and wish.target.isprintable()):
        raise UserError(
            "The target is not the title of a crash.", "Leave --target out: it is learned at the bad end."
        )
    git = session.repository.git
    where = Path(git.workdir or git.path)
    if not wish.goods and policy.name == "git/1":
        raise UserError("A bisection needs a good end.", "Name it after the bad one: kbis start BAD GOOD.")
    load_graph(where, wish.bad, wish.goods)
    bad, *goods = (bytes.fromhex(each) for each in resolve(where, [wish.bad, *wish.goods]))
    if not goods and not releases_before(where, bad):
        raise UserError(
            f"A bisection needs a good end, and no release (a tag like v1.2) lies before {wish.bad} to try.",
            "Name a good end after the bad one: kbis start BAD GOOD.",
        )
    recorded = record(session, wish, bad, tell)
    recipe = recorded.recipe.to_bytes()
    contents = (Content("recipe", recipe), *recorded.contents)
    reproducer = next((each.data for each in contents if each.type == "reproducer"), None)
    start = Start(
        policy=policy.name,
        boots=wish.boots or policy.boots,
        good=tuple(dict.fromkeys(goods)),
        recipe=sha256(recipe).digest(),
        reproducer=sha256(reproducer).digest() if reproducer is not None else None,
        target=Target(wish.target) if wish.target else None,
        check_ends=None if wish.check_ends else False,
        title=wish.title,
    )
    root = session.repository.root(bad)
    events = session.log.append(root, b"", [], [Draft(bad, start, contents)])
    bisection = fold(events)
    assert bisection is not None  # noqa: S101 - its start event was just written
    session.make_current(bisection.id)
    consent(session, bisection)
    return bisection


def record(session: Session, wish: Wish, revision: bytes, tell: Callable[[str], None]) -> Recorded:
    """Gather what tests of a revision and its history need: the recipe, and all that it names.

    Raises:
        UserError: the recipe is missing or wrong, or something that it names is: the reproducer does not compile, or
            the config does not fit.
        InfraError: a tool is missing.
    """
    recipe, base = recipe_of(session, wish, revision)
    recorded = gather(session, wish, recipe, base, revision)
    if recipe.guest is None and recipe.linux is None:
        return recorded
    repository = session.repository
    with take_slot(work_directory(repository, session.config), repository.directory) as slot:
        if recipe.guest is not None:
            with tempfile.TemporaryDirectory(prefix="kbis-") as scratch:
                guest_archive(recorded, slot, Path(scratch))
        return with_config(session, wish, recorded, base, revision, slot, tell)
