"""Starting a bisection: everything a test needs is gathered, checked and recorded once."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kbis.bisect.fold import Bisection, fold
from kbis.bisect.policy import DEFAULT_POLICY, UnknownPolicyError, policy_named
from kbis.errors import UserError
from kbis.kernel.recipe import Recipe
from kbis.log.attachments import Content
from kbis.log.eventlog import Draft
from kbis.log.kinds import Start, Target
from kbis.run.consent import consent
from kbis.run.history import load_graph, resolve
from kbis.run.session import Session
from kbis.run.terrain import releases_before
from kbis.run.tree_file import file_at

RECIPE_NAME = "kbis.toml"


@dataclass(frozen=True)
class Wish:
    """What the user asks for; None takes the default.

    Attributes:
        bad: The bad end, as git names it.
        goods: The good ends.
        recipe: The recipe's file; by default `kbis.toml` at the top of the working tree, else of the bad end.
        reproducer: The reproducer's file, in place of the one that the recipe names.
        policy: The policy's name.
        boots: Boots a revision; of `bayes/1` the most of the bad end before the crash counts as not reproduced.
        target: The title of the crash to hunt; learned at the bad end without it.
        check_ends: Whether both ends are tested before the search.
        title: A few words to know the bisection by.
        script: A program that tests a revision on this machine, in place of any recipe.
    """

    bad: str
    goods: tuple[str, ...]
    recipe: Path | None = None
    reproducer: Path | None = None
    policy: str = DEFAULT_POLICY
    boots: int | None = None
    target: str | None = None
    check_ends: bool = True
    title: str | None = None
    script: Path | None = None


def begin(session: Session, wish: Wish) -> Bisection:
    """Record the start of a bisection and make it the current one.

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
    recipe, base = recipe_of(session, wish, bad)
    contents = [Content("recipe", recipe.to_bytes())]
    reproducer = reproducer_of(session, wish, recipe, base, bad)
    if reproducer is not None:
        contents.append(Content("reproducer", reproducer))
    if recipe.test.script is not None:
        script = _file(session, wish.script, recipe.test.script, base, bad, "script", "--test-script")
        contents.append(Content("script", script))
    start = Start(
        policy=policy.name,
        boots=wish.boots or policy.boots,
        good=tuple(dict.fromkeys(goods)),
        recipe=sha256(contents[0].data).digest(),
        reproducer=sha256(reproducer).digest() if reproducer is not None else None,
        target=Target(wish.target) if wish.target else None,
        check_ends=None if wish.check_ends else False,
        title=wish.title,
    )
    root = session.repository.root(bad)
    events = session.log.append(root, b"", [], [Draft(bad, start, tuple(contents))])
    bisection = fold(events)
    assert bisection is not None  # noqa: S101 - its start event was just written
    session.make_current(bisection.id)
    consent(session, bisection)
    return bisection


def recipe_of(session: Session, wish: Wish, bad: bytes) -> tuple[Recipe, Path | None]:
    """Return the recipe and the directory its file lies in; None where it came from the bad end's tree.

    Raises:
        UserError: there is none, or it is wrong.
    """
    if wish.script is not None:
        return _script_recipe(wish, wish.script), wish.script.parent
    git = session.repository.git
    path = wish.recipe or Path(git.workdir or git.path) / RECIPE_NAME
    try:
        return Recipe.from_toml(path.read_text(), str(path)), path.parent
    except FileNotFoundError as why:
        found = None if wish.recipe else file_at(session.repository, bad, RECIPE_NAME)
        if found is None:
            raise UserError(
                f"There is no recipe at {path}.",
                "Write one (docs/recipe.md shows how), or name it with --recipe FILE.",
            ) from why
        name = f"{RECIPE_NAME} of {wish.bad}"
        return Recipe.from_toml(found.decode(errors="replace"), name), None
    except (OSError, UnicodeDecodeError) as why:
        raise UserError(
            f"The recipe {path} cannot be read: {why}.", "Check the file and its rights."
        ) from why


def reproducer_of(
    session: Session, wish: Wish, recipe: Recipe, base: Path | None, bad: bytes
) -> bytes | None:
    """Return the reproducer that is wished for, or that the recipe names.

    Raises:
        UserError: it is not there.
    """
    if wish.reproducer is None and recipe.test.reproducer is None:
        return None
    if recipe.test.script is not None:
        raise UserError(
            "A script tests by itself; a reproducer is for a kernel that is booted.",
            "Leave --reproducer out.",
        )
    name = str(recipe.test.reproducer)
    return _file(session, wish.reproducer, name, base, bad, "reproducer", "--reproducer")


def _script_recipe(wish: Wish, script: Path) -> Recipe:
    if wish.recipe is not None or wish.reproducer is not None:
        raise UserError(
            "A test script takes the place of recipe and reproducer.",
            "Leave --recipe and --reproducer out, or name the script in the recipe: [test] script.",
        )
    return Recipe.from_toml(
        f"[test]\nscript = {json.dumps(script.name, ensure_ascii=False)}\n", "--test-script"
    )


def _file(
    session: Session, wished: Path | None, name: str, base: Path | None, bad: bytes, word: str, option: str
) -> bytes:
    """Return a file that the recipe names, from beside the recipe, or the one wished for instead."""
    if wished is None and base is None:
        found = file_at(session.repository, bad, name)
        if found is None:
            raise UserError(
                f"The recipe names the {word} {name}, which is not in {bad.hex()[:12]}.",
                f"Name another file with {option} FILE.",
            )
        return found
    path = wished or (base or Path()) / name
    try:
        return path.read_bytes()
    except OSError as why:
        raise UserError(
            f"The {word} {path} cannot be read: {why.strerror}.",
            f"Name another file with {option} FILE.",
        ) from why
