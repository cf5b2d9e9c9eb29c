"""The recipe: everything needed to redo a test. It is read from kbis.toml and kept in the log as its own text."""

import json
import tomllib
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from kbis.errors import IntegrityError, UserError
from kbis.kernel.recipe_fields import (
    BelowPath,
    OneOf,
    Pattern,
    Patterns,
    Text,
    Texts,
    Whole,
    plain_table,
    read_table,
    reject_unknown,
)

FORMAT: Final = 2
"""The newest version of the text form. A recipe that needs none of form 2's keys is written in form 1, so that its
digest stays what it was and an older kbis can read it."""

NEW_KEYS: Final = {"boot": ("medium", "success", "failure", "success_exit"), "test": ("script", "timeout")}
"""What form 2 added, by table; it also lets the table of the build be null."""

BYTES_LIMIT = 64 * 1024
DAY_S = 24 * 60 * 60

PC_EMULATORS: Final = frozenset({"qemu-system-x86_64", "qemu-system-i386"})

READY = "@@KBIS READY"
DONE = "@@KBIS DONE"

MEDIA: Final = ("kernel", "disk", "floppy", "cdrom", "firmware")

_MARKER = r"[ -~]*[!-~][ -~]*"


@dataclass(frozen=True, slots=True)
class BuildRecipe:
    """How a kernel is made.

    Attributes:
        command: What `sh -c` runs, in the build directory; the environment has KBIS_SOURCE and KBIS_BUILD
            (absolute paths) and KBIS_JOBS.
        image: The file to boot, below the build directory.
        signature: The file to digest, below the build directory; by default the image.
        timeout_s: Seconds until a build is given up.
    """

    command: Annotated[str, Text("command", "a shell command", lines=True)]
    image: Annotated[str, BelowPath("image", "a path below the build directory")]
    signature: Annotated[str | None, BelowPath("signature", "a path below the build directory")] = None
    timeout_s: Annotated[int, Whole("timeout", "seconds", 1, DAY_S)] = 3600


@dataclass(frozen=True, slots=True)
class BootRecipe:
    """How a kernel is run.

    Attributes:
        machine: QEMU's machine type, perhaps with options.
        emulator: The QEMU program.
        memory_mib: Memory of the guest, MiB.
        cpus: Processors of the guest.
        cmdline: The kernel's command line.
        qemu: More arguments for QEMU.
        timeout_s: Seconds from power-on until a boot is ended.
        ready: What the guest prints when the reproducer is about to run.
        done: What the guest prints when the reproducer has ended.
        medium: What the image is: a kernel for QEMU's -kernel, a hard disk, a floppy, a CD-ROM, or the firmware.
        success: A regular expression; a line of the console that it is found in says that all went well.
        failure: Regular expressions; a line of the console that one is found in says that the test failed.
        success_exit: What the guest writes to isa-debug-exit when all went well; any other value is a failure.
    """

    machine: Annotated[
        str,
        Text(
            "machine",
            'a machine type of QEMU such as "pc"',
            r"[a-z][a-z0-9.-]*(,[a-z0-9_.-]+=[A-Za-z0-9_.-]+)*",
        ),
    ] = "pc"
    emulator: Annotated[
        str, Text("emulator", 'a QEMU program such as "qemu-system-x86_64"', r"qemu-system-[a-z0-9_]+")
    ] = "qemu-system-x86_64"
    memory_mib: Annotated[int, Whole("memory", "MiB", 1, 1024 * 1024)] = 256
    cpus: Annotated[int, Whole("cpus", "", 1, 256)] = 1
    cmdline: Annotated[str, Text("cmdline", "the kernel's command line, on one line", r".*")] = ""
    qemu: Annotated[tuple[str, ...], Texts("qemu", "a list of arguments for QEMU")] = ()
    timeout_s: Annotated[int, Whole("timeout", "seconds", 1, DAY_S)] = 60
    ready: Annotated[str, Text("ready", "printable ASCII on one line", _MARKER)] = READY
    done: Annotated[str, Text("done", "printable ASCII on one line", _MARKER)] = DONE
    medium: Annotated[str, OneOf("medium", MEDIA)] = "kernel"
    success: Annotated[str | None, Pattern("success")] = None
    failure: Annotated[tuple[str, ...], Patterns("failure")] = ()
    success_exit: Annotated[int | None, Whole("success_exit", "", 0, 127)] = None

    @property
    def says_how_it_went(self) -> bool:
        """Whether the recipe itself says what of the guest's output or exit means success or failure."""
        return self.success is not None or bool(self.failure) or self.success_exit is not None


@dataclass(frozen=True, slots=True)
class TestRecipe:
    """What is tested.

    Attributes:
        reproducer: The file, beside kbis.toml, that makes the crash happen; None when booting is the test.
        script: A program, beside kbis.toml, that tests a revision on the host, with the exit codes of `git bisect run`;
            None when a kernel is built and booted.
        timeout_s: Seconds until the script is given up.
    """

    __test__ = False  # pytest: the name begins with "Test", the class is none

    reproducer: Annotated[str | None, BelowPath("reproducer", "a path below the directory of kbis.toml")] = (
        None
    )
    script: Annotated[str | None, BelowPath("script", "a path below the directory of kbis.toml")] = None
    timeout_s: Annotated[int, Whole("timeout", "seconds", 1, DAY_S)] = 3600


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything needed to redo a build and its boots, but for the source and the content of reproducer or script.

    `build` is None where a script tests the revisions.
    """

    build: BuildRecipe | None
    boot: BootRecipe = field(default_factory=BootRecipe)
    test: TestRecipe = field(default_factory=TestRecipe)

    @staticmethod
    def from_toml(text: str, where: str) -> "Recipe":
        """Read a kbis.toml.

        Args:
            text: The file's content.
            where: The file's name, for error sentences.

        Raises:
            UserError: the text is not TOML, or a table or key is unknown, missing, or of the wrong shape.
        """
        try:
            tables = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as why:
            raise UserError(
                f"{where} is not TOML: {why}.", "Mend the line; https://toml.io has the rules."
            ) from why
        return _from_tables(tables, where)

    def to_bytes(self) -> bytes:
        """The recipe as text: JSON with sorted keys, defaults written out, ASCII, one newline at the end."""
        tables = {name: plain_table(getattr(self, name)) for name in _TABLES if getattr(self, name)}
        plain = {name: plain_table(_DEFAULTS[name]) for name in NEW_KEYS}
        form = FORMAT
        if self.build and all(
            tables[t][key] == plain[t][key] for t, keys in NEW_KEYS.items() for key in keys
        ):
            form = 1
            tables = {
                t: {k: v for k, v in got.items() if k not in NEW_KEYS.get(t, ())} for t, got in tables.items()
            }
        whole = {name: tables.get(name) for name in _TABLES} | {"recipe": form}
        return json.dumps(whole, indent=2, sort_keys=True).encode("ascii") + b"\n"

    @staticmethod
    def from_bytes(content: bytes, where: str = "The recipe") -> "Recipe":
        """Read what `to_bytes` wrote; nothing else is accepted.

        Raises:
            UserError: a newer kbis wrote it.
            IntegrityError: it is not a recipe as kbis writes it.
        """
        try:
            if len(content) > BYTES_LIMIT:
                raise ValueError(f"it is longer than {BYTES_LIMIT} bytes")
            tables = json.loads(content.decode("ascii"))
            if not isinstance(tables, dict):
                raise TypeError("it is not a JSON object")
        except (ValueError, TypeError, RecursionError) as why:
            raise IntegrityError(f"{where} cannot be read: {why}.", _DAMAGED) from why
        number = tables.pop("recipe", None)
        if type(number) is int and number > FORMAT:
            raise UserError(f"{where} was written by a newer kbis (form {number}).", "Update kbis.")
        try:
            recipe = _from_tables(tables, where)
        except UserError as why:
            raise IntegrityError(str(why), _DAMAGED) from why
        if recipe.to_bytes() != content:
            raise IntegrityError(f"{where} is not in the one form in which kbis writes it.", _DAMAGED)
        return recipe


_TABLES: dict[str, type[Any]] = {"build": BuildRecipe, "boot": BootRecipe, "test": TestRecipe}

_DEFAULTS: dict[str, object] = {"boot": BootRecipe(), "test": TestRecipe()}

_DAMAGED = "The event that brought it was not made by kbis; do not use it."


def _from_tables(tables: dict[str, Any], where: str) -> Recipe:
    reject_unknown(tables, list(_TABLES), "the file", where)
    given = dict(tables)
    test = read_table(TestRecipe, "test", given.get("test", {}), where)
    if test.script is not None and given.get("build") is None:
        given.pop("build", None)
        build = None
    else:
        build = read_table(BuildRecipe, "build", given.get("build", {}), where)
    recipe = Recipe(build, read_table(BootRecipe, "boot", given.get("boot", {}), where), test)
    _reject_contradictions(recipe, where)
    return recipe


def _reject_contradictions(recipe: Recipe, where: str) -> None:
    boot, test = recipe.boot, recipe.test
    if boot.ready in boot.done or boot.done in boot.ready:
        raise UserError(
            f'{where}: [boot] ready "{boot.ready}" and done "{boot.done}" cannot be told apart.',
            "Neither marker may be part of the other.",
        )
    if test.script is not None and (recipe.build is not None or test.reproducer is not None):
        other = "a reproducer" if recipe.build is None else "the table [build]"
        raise UserError(
            f"{where}: [test] script and {other} exclude each other.",
            "A script builds and tests by itself, on the host; take one of the two out.",
        )
    if boot.medium != "kernel" and (boot.cmdline or test.reproducer is not None):
        other = "cmdline" if boot.cmdline else "a reproducer"
        raise UserError(
            f'{where}: [boot] medium "{boot.medium}" and {other} exclude each other.',
            "QEMU gives a command line and an initial ramdisk only to a kernel that it loads itself.",
        )
    if boot.success_exit is not None and boot.emulator not in PC_EMULATORS:
        raise UserError(
            f"{where}: [boot] success_exit needs a PC, not {boot.emulator}.",
            "isa-debug-exit is a device of PCs; say with success and failure what the console shows.",
        )
