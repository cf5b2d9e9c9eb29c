"""Labs for recorded recipes: what the log holds, laid out for the lab of this machine."""

from dataclasses import replace
from pathlib import Path

from kbis.bisect.fold import Bisection
from kbis.errors import IntegrityError, UserError
from kbis.kernel.budget import Budget
from kbis.kernel.guests import Guests
from kbis.kernel.linux.builder import LinuxBuilder, LinuxFiles
from kbis.kernel.recipe import Recipe
from kbis.kernel.slot import Slot
from kbis.kernel.userland.compile import default_compiler
from kbis.kernel.userland.disk import disk_arguments
from kbis.kernel.userland.initramfs import make_initramfs
from kbis.kernel.userland.parts import Compiler, GuestParts, Markers, Reproducer, Userland
from kbis.log.attachments import Content
from kbis.run.contents import Recorded, patches_of, same_file
from kbis.run.kernel_lab import KernelLab
from kbis.run.linux_config import history_of
from kbis.run.session import Session

GUESTS = "guests"
"""The directory, below the work directory, that keeps what is made for guests."""


def recorded_inputs(session: Session, bisection: Bisection) -> Recorded:
    """Return the recipe that a bisection was begun with, and all that belongs to it.

    Raises:
        UserError: it has none.
        IntegrityError: something is missing or damaged.
    """
    attachments = bisection.start.attachments
    text = next((session.log.content(each) for each in attachments if each.type == "recipe"), None)
    if text is None:
        origin = bisection.terms.origin
        raise UserError(
            f"Bisection {bisection.id.hex()[:12]} has no recipe, so its revisions cannot be built here"
            + (f": it was imported ({origin})." if origin else "."),
            "It can be read and judged again with kbis replay; to test, begin another one with kbis start.",
        )
    contents = tuple(
        Content(each.type, session.log.content(each)) for each in attachments if each.type != "recipe"
    )
    return Recorded(Recipe.from_bytes(text), contents)


def kernel_lab(session: Session, slot: Slot, recorded: Recorded, guests: Guests, scratch: Path) -> KernelLab:
    """Return the lab that builds and boots by a recipe.

    Args:
        session: The repository.
        slot: The slot to build in.
        recorded: The recipe and what belongs to it.
        guests: Runs them.
        scratch: A directory that lasts as long as the lab.

    Raises:
        UserError: the reproducer does not compile, or a file of this machine is not the one recorded.
        IntegrityError: something that the recipe names was not recorded with it.
        InfraError: a tool is missing.
    """
    recipe, config = recorded.recipe, session.config
    boot = recipe.boot
    initrd = _only(recorded, "reproducer", scratch)
    if recipe.guest is not None:
        initrd = guest_archive(recorded, slot, scratch)
        if recipe.guest.disk is not None:
            disk = same_file(recipe.guest.disk, recipe.guest.disk_sha256, "disk image")
            boot = replace(boot, qemu=(*boot.qemu, *disk_arguments(disk, boot.machine)))
    return KernelLab(
        session.repository.git,
        slot,
        recipe,
        boot,
        initrd,
        guests,
        Budget(config.jobs, config.cache, config.parallel_boots),
        config.jobs,
        builder=linux_builder(session, slot, recorded),
        boot_is_test=not recorded.of("reproducer"),
        clean=session.config.clean_builds,
    )


def guest_archive(recorded: Recorded, slot: Slot, scratch: Path) -> Path:
    """Return the initramfs of a recipe with [guest]; it is made when it is not there from before.

    Raises:
        UserError: the reproducer does not compile or cannot run in this guest.
        InfraError: a compiler, a static C library or busybox is missing.
    """
    return make_initramfs(_guest_parts(recorded, scratch), slot.work / GUESTS)


def linux_builder(session: Session, slot: Slot, recorded: Recorded) -> LinuxBuilder | None:
    """Return what builds Linux, or None where the recipe has a build command of its own.

    Raises:
        IntegrityError: something that the recipe names was not recorded with it.
    """
    linux = recorded.recipe.linux
    if linux is None:
        return None
    config = recorded.of("config").get(linux.config_sha256 or "")
    if config is None:
        raise IntegrityError(
            "The config that the recipe names is not among what was recorded with it.",
            "It was not made by kbis; begin another bisection with kbis start.",
        )
    patches = patches_of(linux, recorded.of("patch"))
    contains = history_of(session.repository.git)
    settings = session.config
    files = LinuxFiles(config, patches)
    return LinuxBuilder(linux, files, slot, contains, settings.jobs, clean=settings.clean_builds)


def _guest_parts(recorded: Recorded, scratch: Path) -> GuestParts:
    recipe, test = recorded.recipe, recorded.recipe.test
    guest, linux = recipe.guest, recipe.linux
    assert guest is not None  # noqa: S101 - asked for by a caller that has one
    programs = [
        same_file(path, sha256, "program")
        for path, sha256 in zip((test.syz_execprog, test.syz_executor), test.sha256s, strict=False)
        if path is not None
    ]
    content = next((each.data for each in recorded.contents if each.type == "reproducer"), None)
    reproducer = None
    if content is not None:
        reproducer = Reproducer(
            name=str(test.reproducer),
            content=content,
            cflags=test.cflags,
            args=test.args,
            syz_execprog=programs[0] if programs else None,
            syz_executor=programs[1] if len(programs) > 1 else None,
            limit_s=test.duration_s,
        )
    userland = Userland(
        initramfs=_only(recorded, "initramfs", scratch),
        disk=None if guest.disk is None else Path(guest.disk),
        busybox=None if guest.busybox is None else Path(guest.busybox),
        arch=linux.arch if linux is not None else "x86_64",
    )
    compiler = default_compiler(linux.arch, linux.cross_compile or "") if linux is not None else Compiler()
    return GuestParts(userland, reproducer, compiler, Markers(recipe.boot.ready, recipe.boot.done))


def _only(recorded: Recorded, kind: str, scratch: Path) -> Path | None:
    """Write the one content of a type to a file; None where there is none."""
    content = next((each.data for each in recorded.contents if each.type == kind), None)
    if content is None:
        return None
    path = scratch / kind
    path.write_bytes(content)
    return path
