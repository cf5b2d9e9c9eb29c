"""The recipe that the user wishes for: a kbis.toml, flags, or a Linux tree that needs neither."""

import json
from pathlib import Path

from kbis.errors import UserError
from kbis.kernel.recipe import Recipe, read_toml
from kbis.run.session import Session
from kbis.run.tree_file import file_at
from kbis.run.wish import Wish

RECIPE_NAME = "kbis.toml"

LINUX_FILES = ("Kbuild", "Kconfig", "MAINTAINERS")
"""A tree that has all of them at its top is Linux."""


def recipe_of(session: Session, wish: Wish, bad: bytes) -> tuple[Recipe, Path | None]:
    """Return the recipe and the directory its file lies in; None where it came from the bad end's tree.

    Raises:
        UserError: there is none, or it is wrong.
    """
    if wish.script is not None:
        return _script_recipe(wish, wish.script), wish.script.parent
    text, where, base = _text(session, wish, bad)
    tables = read_toml(text, where)
    if wish.config is not None or wish.fragments or any(table == "linux" for table, _ in wish.settings):
        if "build" in tables:
            raise UserError(
                f"{where} says with [build] how a kernel is made, so the flags for Linux mean nothing.",
                "Leave them out, or put [linux] in the place of [build].",
            )
        tables.setdefault("linux", {})
    settings = dict(wish.settings)
    if wish.build_timeout_s is not None:
        settings["linux" if "linux" in tables else "build", "timeout"] = wish.build_timeout_s
    for (table, key), value in settings.items():
        if isinstance(tables.setdefault(table, {}), dict):
            tables[table][key] = value
    return Recipe.from_tables(tables, where), base


def is_linux(session: Session, revision: bytes) -> bool:
    """Tell whether a revision is one of Linux."""
    return all(file_at(session.repository, revision, name) is not None for name in LINUX_FILES)


def file_of(
    session: Session, wished: Path | None, name: str, base: Path | None, bad: bytes, word: str, option: str
) -> bytes:
    """Return a file that the recipe names, from beside the recipe, or the one wished for instead.

    Raises:
        UserError: it is not there.
    """
    hint = f"Name another file with {option} FILE." if option else "Mend its name in the recipe."
    if wished is None and base is None:
        found = file_at(session.repository, bad, name)
        if found is None:
            raise UserError(
                f"The recipe names the {word} {name}, which is not in {bad.hex()[:12]}.",
                hint,
            )
        return found
    path = wished or (base or Path()) / name
    try:
        return path.read_bytes()
    except OSError as why:
        raise UserError(
            f"The {word} {path} cannot be read: {why.strerror}.",
            hint,
        ) from why


def _text(session: Session, wish: Wish, bad: bytes) -> tuple[str, str, Path | None]:
    """Return the recipe's text, its name for error sentences, and its directory."""
    git = session.repository.git
    top = Path(git.workdir or git.path)
    path = wish.recipe or top / RECIPE_NAME
    try:
        return path.read_text(), str(path), path.parent
    except FileNotFoundError as why:
        found = None if wish.recipe else file_at(session.repository, bad, RECIPE_NAME)
        if found is not None:
            return found.decode(errors="replace"), f"{RECIPE_NAME} of {wish.bad}", None
        if wish.recipe is None and is_linux(session, bad):
            if wish.config is None and not (top / ".config").is_file():
                raise UserError(
                    f"There is neither a recipe at {path} nor a config of Linux at {top / '.config'}.",
                    "Name a config: --config FILE, or --config defconfig; docs/recipe.md shows a whole recipe.",
                ) from why
            return "[linux]\n", "The recipe for Linux", top
        raise UserError(
            f"There is no recipe at {path}.",
            "Write one (docs/recipe.md shows how), or name it with --recipe FILE.",
        ) from why
    except (OSError, UnicodeDecodeError) as why:
        raise UserError(
            f"The recipe {path} cannot be read: {why}.", "Check the file and its rights."
        ) from why


def _script_recipe(wish: Wish, script: Path) -> Recipe:
    if wish.recipe is not None or wish.reproducer is not None or wish.settings or wish.config is not None:
        raise UserError(
            "A test script takes the place of recipe and reproducer.",
            "Leave --recipe, --reproducer and what they would hold out, or name the script in the recipe: "
            "[test] script.",
        )
    return Recipe.from_toml(
        f"[test]\nscript = {json.dumps(script.name, ensure_ascii=False)}\n", "--test-script"
    )
