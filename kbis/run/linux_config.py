"""The config of a Linux recipe, made at the bad end before the bisection begins."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pygit2

from kbis.errors import UserError
from kbis.kernel.linux.backports import DoesNotApplyError, patched_tree
from kbis.kernel.linux.config import ConfigRequest, make_config
from kbis.kernel.linux.guest_config import guest_config
from kbis.kernel.linux.lowering import applying
from kbis.kernel.linux.recipe import LinuxRecipe
from kbis.kernel.slot import Slot
from kbis.log.attachments import Content
from kbis.run.contents import Recorded, patches_of
from kbis.run.session import Session
from kbis.run.tree_file import file_at
from kbis.run.wish import Wish
from kbis.run.wished_recipe import file_of

_TARGET_END = "config"


def with_config(
    session: Session,
    wish: Wish,
    recorded: Recorded,
    base: Path | None,
    bad: bytes,
    slot: Slot,
    tell: Callable[[str], None],
) -> Recorded:
    """Make the config that every build begins with, and record it; a recipe without [linux] needs none.

    Args:
        session: The repository.
        wish: What the user asks for.
        recorded: The recipe and what it names.
        base: The directory of the recipe's file; None where that came from the bad end's tree.
        bad: The bad end.
        slot: A slot to make it in.
        tell: Takes sentences for the user.

    Raises:
        UserError: there is no such config, or it does not fit.
        InfraError: a tool is missing.
    """
    linux = recorded.recipe.linux
    if linux is None:
        return recorded
    request = _request(session, wish, recorded, linux, base, bad)
    contains = history_of(session.repository.git)
    here = bad.hex()
    backports = applying(linux.backports, lambda commit: contains(here, commit))
    tree = None
    if backports:
        texts = patches_of(linux, recorded.of("patch"))
        try:
            tree = patched_tree(slot, here, [(each.patch, texts[each.patch]) for each in backports])
        except DoesNotApplyError as why:
            raise UserError(
                f"{str(why).rstrip('.')} (at the bad end, {here[:12]}).",
                "Give it since and until, so that it is applied where it fits, or mend it.",
            ) from why
    tell(f"The config is made at the bad end, in a worktree of kbis's own ({slot.source}).")
    made = make_config(linux, request, slot, here, lambda commit: contains(here, commit), tree)
    for remark in made.remarks:
        tell(remark)
    options = sum(1 for line in made.content.splitlines() if line.startswith(b"CONFIG_"))
    tell(f"It sets {options} options, from {', '.join([request.name, *_names(linux, wish)])}.")
    named = replace(linux, config=request.name, config_sha256=sha256(made.content).hexdigest())
    recipe = replace(recorded.recipe, linux=replace(named, fragments=_names(linux, wish)))
    return Recorded(recipe, (*recorded.contents, Content("config", made.content)))


def history_of(git: pygit2.Repository) -> Callable[[str, str], bool]:
    """Return what tells whether the history of a first commit has a second one; both are full ids in hex.

    It raises a `UserError` where the repository lacks one of them.
    """

    def contains(revision: str, commit: str) -> bool:
        try:
            return revision == commit or git.descendant_of(pygit2.Oid(hex=revision), pygit2.Oid(hex=commit))
        except (KeyError, pygit2.GitError) as why:
            raise UserError(
                f"The recipe names {commit[:12]}, which is not in this repository or not connected with "
                f"{revision[:12]}.",
                "Fetch it: git fetch --all.",
            ) from why

    return contains


def _names(linux: LinuxRecipe, wish: Wish) -> tuple[str, ...]:
    return (*linux.fragments, *(each.name for each in wish.fragments))


def _request(
    session: Session, wish: Wish, recorded: Recorded, linux: LinuxRecipe, base: Path | None, bad: bytes
) -> ConfigRequest:
    fragments = [
        *(
            file_of(session, None, name, base, bad, "config fragment", "--fragment")
            for name in linux.fragments
        ),
        *(
            file_of(session, path, path.name, base, bad, "config fragment", "--fragment")
            for path in wish.fragments
        ),
    ]
    guest = recorded.recipe.guest
    symbols = guest_config(linux, disk=guest.disk is not None) if guest is not None else ()
    name = linux.config if wish.config is None else wish.config
    path = Path(name) if wish.config is not None else (base or Path()) / name
    if wish.config is None and base is None:
        content = file_at(session.repository, bad, name)
    else:
        content = path.read_bytes() if path.is_file() else None
    if content is None and ("/" in name or "." in name or not name.endswith(_TARGET_END)):
        raise UserError(
            f"There is no config {name}.",
            "Name a config file, or a target of make such as defconfig, with --config.",
        )
    return ConfigRequest(path.name if content is not None else name, content, tuple(fragments), symbols)
