"""The files that a recipe names, with their digests in the recipe: what a teammate needs to redo a test."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from kbis.errors import IntegrityError, UserError
from kbis.kernel.guest_recipe import GuestRecipe
from kbis.kernel.linux.recipe import Backport, LinuxRecipe, Span
from kbis.kernel.recipe import Recipe
from kbis.kernel.recipe import TestRecipe as Tested
from kbis.kernel.userland.kind import repeats
from kbis.log.attachments import Content
from kbis.run.history import resolve
from kbis.run.session import Session
from kbis.run.wish import Wish
from kbis.run.wished_recipe import file_of

S = TypeVar("S", bound=Span)


@dataclass(frozen=True)
class Recorded:
    """A recipe as it is recorded.

    Attributes:
        recipe: The recipe, with digests and full commit ids.
        contents: What belongs to it.
    """

    recipe: Recipe
    contents: tuple[Content, ...]

    def of(self, kind: str) -> dict[str, bytes]:
        """Return the contents of a type, by sha256 in hex."""
        return {
            hashlib.sha256(each.data).hexdigest(): each.data for each in self.contents if each.type == kind
        }


def gather(session: Session, wish: Wish, recipe: Recipe, base: Path | None, bad: bytes) -> Recorded:
    """Gather all that a recipe names but the config, which is made.

    Args:
        session: The repository.
        wish: What the user asks for.
        recipe: The recipe as the user wrote it.
        base: The directory of its file; None where that came from the bad end's tree.
        bad: The bad end.

    Raises:
        UserError: a file is not there, or a revision is not in the repository.
    """
    contents: list[Content] = []

    def attached(name: str, word: str, wished: Path | None = None, option: str = "") -> str:
        data = file_of(session, wished, name, base, bad, word.replace("-", " "), option)
        contents.append(Content(word, data))
        return hashlib.sha256(data).hexdigest()

    test = recipe.test
    if wish.reproducer is not None or test.reproducer is not None:
        _refuse_beside_script(test)
        name = str(test.reproducer)
        attached(name, "reproducer", wish.reproducer, "--reproducer")
        if wish.reproducer is not None and recipe.guest is not None:
            test = replace(test, reproducer=wish.reproducer.name)
        if (
            recipe.guest is not None
            and test.duration_s is None
            and repeats(test.reproducer or name, contents[-1].data)
        ):
            test = replace(test, duration_s=max(1, recipe.boot.timeout_s // 2))
    if test.script is not None:
        attached(test.script, "script", wish.script, "--test-script")
    linux, guest = recipe.linux, recipe.guest
    if linux is not None:
        where = Path(session.repository.git.workdir or session.repository.git.path)
        linux = _full_ids(linux, where)
        patches = tuple(replace(each, sha256=attached(each.patch, "patch")) for each in linux.backports)
        linux = replace(linux, backports=patches)
    if guest is not None:
        guest, test = _with_digests(guest, base), _with_programs(test, base)
        if guest.initramfs is not None:
            guest = replace(guest, initramfs_sha256=attached(guest.initramfs, "initramfs"))
    return Recorded(replace(recipe, test=test, linux=linux, guest=guest), tuple(contents))


def patches_of(linux: LinuxRecipe, contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the patches of a recorded recipe by name.

    Args:
        linux: The recipe.
        contents: The patches by sha256 in hex.

    Raises:
        IntegrityError: one is missing.
    """
    return {each.patch: _required(each, contents) for each in linux.backports}


def same_file(path: str, sha256: str | None, word: str) -> Path:
    """Return a file of this machine that a recipe names by path and digest.

    Raises:
        UserError: it is not here, or another one.
    """
    digest = _digest(Path(path), word)
    if sha256 is not None and digest != sha256:
        raise UserError(
            f"The {word} {path} is not the one that the recipe was recorded with (sha256 {digest[:12]}, "
            f"recorded {sha256[:12]}).",
            f"Put the recorded one at {path}, or begin another bisection.",
        )
    return Path(path)


def _required(backport: Backport, contents: Mapping[str, bytes]) -> bytes:
    content = contents.get(backport.sha256 or "")
    if content is None:
        raise IntegrityError(
            f"The patch {backport.patch} of the recipe is not among what was recorded with it.",
            "It was not made by kbis; begin another bisection with kbis start.",
        )
    return content


def _refuse_beside_script(test: Tested) -> None:
    if test.script is not None:
        raise UserError(
            "A script tests by itself; a reproducer is for a kernel that is booted.",
            "Leave --reproducer out.",
        )


def _full_ids(linux: LinuxRecipe, where: Path) -> LinuxRecipe:
    """Replace names of revisions, which another clone may lack or mean otherwise, by full ids."""

    def full(span: S) -> S:
        since, until = (
            None if name is None else resolve(where, [name])[0] for name in (span.since, span.until)
        )
        return replace(span, since=since, until=until)

    return replace(
        linux,
        toolchains=tuple(map(full, linux.toolchains)),
        config_fixes=tuple(map(full, linux.config_fixes)),
        backports=tuple(map(full, linux.backports)),
    )


def _with_digests(guest: GuestRecipe, base: Path | None) -> GuestRecipe:
    busybox = None if guest.busybox is None else str(_absolute(guest.busybox, base))
    if guest.disk is None:
        return replace(guest, busybox=busybox)
    disk = _absolute(guest.disk, base)
    return replace(guest, busybox=busybox, disk=str(disk), disk_sha256=_digest(disk, "disk image"))


def _with_programs(test: Tested, base: Path | None) -> Tested:
    programs = [
        None if each is None else _absolute(each, base) for each in (test.syz_execprog, test.syz_executor)
    ]
    digests = tuple(_digest(each, "program") for each in programs if each is not None)
    execprog, executor = (None if each is None else str(each) for each in programs)
    return replace(test, syz_execprog=execprog, syz_executor=executor, sha256s=digests)


def _absolute(path: str, base: Path | None) -> Path:
    return ((base or Path()) / Path(path).expanduser()).absolute()


def _digest(path: Path, word: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as why:
        raise UserError(
            f"The {word} {path} cannot be read: {why.strerror}.", "Check the path in the recipe."
        ) from why
