"""The recipe: everything needed to redo a test. It is read from kbis.toml and kept in the log as its own text."""

import json
import tomllib
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from kbis.errors import IntegrityError, UserError
from kbis.kernel.guest_recipe import GuestRecipe
from kbis.kernel.linux.defaults import with_linux_defaults
from kbis.kernel.linux.recipe import LinuxRecipe
from kbis.kernel.recipe_fields import (
    BelowPath,
    OneOf,
    Pattern,
    Patterns,
    Tables,
    Text,
    Texts,
    Whole,
    plain_table,
    read_table,
    reject_unknown,
)

FORMAT: Final = 3
"""The newest version of the text form. A recipe that needs none of the newer forms' keys is written in the oldest form
that has all of its own, so that its digest stays what it was and an older kbis can read it."""

ADDED: Final[dict[int, dict[str, tuple[str, ...]]]] = {
    2: {"boot": ("medium", "success", "failure", "success_exit"), "test": ("script", "timeout")},
    3: {
        "linux": (),
        "guest": (),
        "boot": ("console", "input"),
        "test": ("cflags", "args", "duration", "syz_execprog", "syz_executor", "sha256s"),
    },
}
"""The keys that a form added, by table; a table without keys is new as a whole. From form 2 on build may be null."""

BYTES_LIMIT = 64 * 1024
DAY_S = 24 * 60 * 60

PC_EMULATORS: Final = frozenset({"qemu-system-x86_64", "qemu-system-i386"})

READY = "@@KBIS READY"
DONE = "@@KBIS DONE"

MEDIA: Final = ("kernel", "disk", "floppy", "cdrom", "firmware")

_MARKER = r"[ -~]*[!-~][ -~]*"
_CONSOLES = r"serial|screen|debugcon:0x[0-9a-f]{1,4}"


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed on the guest's console, and when.

    Attributes:
        after: A regular expression; the text is typed once the console shows it, behind where the one before was typed.
        send: The text; a newline in it is the enter key.
    """

    after: Annotated[str, Pattern("after")]
    send: Annotated[str, Text("send", "text to type, ASCII", r"[\t\n -~]+", lines=True)]


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
        console: Where the guest prints: the first serial port, a PC's debug port, or a PC's text screen.
        inputs: What is typed on the serial port, in order.
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
    console: Annotated[
        str, Text("console", '"serial", "screen", or "debugcon:0xe9" with another port', _CONSOLES)
    ] = "serial"
    inputs: Annotated[tuple[Typed, ...], Tables("input", Typed)] = ()

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
        cflags: More arguments for the compiler of a reproducer in C.
        args: Arguments for the reproducer; for one in syzkaller's language, more flags for syz-execprog.
        duration_s: Seconds, in the guest, after which a reproducer that still runs counts as over.
        syz_execprog: The program, on this machine, that runs a reproducer in syzkaller's language.
        syz_executor: The program that it needs besides; None where it has that built in.
        sha256s: The digests of the two programs, as recorded; they are too large for the log.
    """

    __test__ = False  # pytest: the name begins with "Test", the class is none

    reproducer: Annotated[str | None, BelowPath("reproducer", "a path below the directory of kbis.toml")] = (
        None
    )
    script: Annotated[str | None, BelowPath("script", "a path below the directory of kbis.toml")] = None
    timeout_s: Annotated[int, Whole("timeout", "seconds", 1, DAY_S)] = 3600
    cflags: Annotated[tuple[str, ...], Texts("cflags", "a list of arguments for the C compiler")] = ()
    args: Annotated[tuple[str, ...], Texts("args", "a list of arguments for the reproducer")] = ()
    duration_s: Annotated[int | None, Whole("duration", "seconds", 1, DAY_S)] = None
    syz_execprog: Annotated[str | None, Text("syz_execprog", "the path of a syz-execprog")] = None
    syz_executor: Annotated[str | None, Text("syz_executor", "the path of a syz-executor")] = None
    sha256s: Annotated[
        tuple[str, ...], Texts("sha256s", "the digests of the two programs", 2, r"[0-9a-f]{64}")
    ] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything needed to redo a build and its boots, but for the source and the content of the files it names.

    `build` is None where a script tests the revisions, and where `linux` says how a kernel is made. `guest` is None
    where the reproducer itself is the initial ramdisk.
    """

    build: BuildRecipe | None
    boot: BootRecipe = field(default_factory=BootRecipe)
    test: TestRecipe = field(default_factory=TestRecipe)
    linux: LinuxRecipe | None = None
    guest: GuestRecipe | None = None

    @staticmethod
    def from_toml(text: str, where: str) -> "Recipe":
        """Read a kbis.toml.

        Args:
            text: The file's content.
            where: The file's name, for error sentences.

        Raises:
            UserError: the text is not TOML, or a table or key is unknown, missing, or of the wrong shape.
        """
        return Recipe.from_tables(read_toml(text, where), where)

    @staticmethod
    def from_tables(tables: dict[str, Any], where: str) -> "Recipe":
        """Read the tables of a kbis.toml.

        Raises:
            UserError: a table or key is unknown, missing, or of the wrong shape.
        """
        return _from_tables(with_linux_defaults(tables), where)

    def to_bytes(self) -> bytes:
        """The recipe as text: JSON with sorted keys, defaults written out, ASCII, one newline at the end."""
        tables = {name: plain_table(table) if (table := getattr(self, name)) else None for name in _TABLES}
        form = next(form for form in range(FORMAT, 0, -1) if form == 1 or _needs(tables, form))
        for newer in range(form + 1, FORMAT + 1):
            for name, keys in ADDED[newer].items():
                kept = {key: value for key, value in (tables.get(name) or {}).items() if key not in keys}
                tables = {n: kept if n == name else t for n, t in tables.items() if keys or n != name}
        return json.dumps(tables | {"recipe": form}, indent=2, sort_keys=True).encode("ascii") + b"\n"

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


_TABLES: dict[str, type[Any]] = {
    "build": BuildRecipe,
    "boot": BootRecipe,
    "test": TestRecipe,
    "linux": LinuxRecipe,
    "guest": GuestRecipe,
}

_DEFAULTS: dict[str, object] = {"boot": BootRecipe(), "test": TestRecipe()}

_DAMAGED = "The event that brought it was not made by kbis; do not use it."


def read_toml(text: str, where: str) -> dict[str, Any]:
    """Return the tables of a kbis.toml, unread.

    Raises:
        UserError: the text is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as why:
        raise UserError(
            f"{where} is not TOML: {why}.", "Mend the line; https://toml.io has the rules."
        ) from why


def _needs(tables: dict[str, Any], form: int) -> bool:
    """Say whether a recipe has what only this form, and newer ones, can hold."""
    if form == 2 and tables["build"] is None:
        return True
    for name, keys in ADDED[form].items():
        plain = plain_table(_DEFAULTS[name]) if keys else {}
        if not keys and tables[name] is not None:
            return True
        if any(tables[name][key] != plain[key] for key in keys):
            return True
    return False


def _from_tables(tables: dict[str, Any], where: str) -> Recipe:
    reject_unknown(tables, list(_TABLES), "the file", where)

    def table(name: str, *, optional: bool = False) -> Any:
        given = tables.get(name)
        if optional and given is None:
            return None
        return read_table(_TABLES[name], name, {} if given is None else given, where)

    test = table("test")
    elsewhere = test.script is not None or tables.get("linux") is not None
    recipe = Recipe(
        build=table("build", optional=elsewhere),
        boot=table("boot"),
        test=test,
        linux=table("linux", optional=True),
        guest=table("guest", optional=True),
    )
    _reject_contradictions(recipe, where)
    return recipe


def _reject_contradictions(recipe: Recipe, where: str) -> None:
    boot, test = recipe.boot, recipe.test
    if boot.ready in boot.done or boot.done in boot.ready:
        raise UserError(
            f'{where}: [boot] ready "{boot.ready}" and done "{boot.done}" cannot be told apart.',
            "Neither marker may be part of the other.",
        )
    made = [name for name in ("build", "linux", "guest") if getattr(recipe, name) is not None]
    if test.script is not None and (made or test.reproducer is not None):
        other = f"the table [{made[0]}]" if made else "a reproducer"
        raise UserError(
            f"{where}: [test] script and {other} exclude each other.",
            "A script builds and tests by itself, on the host; take one of the two out.",
        )
    if recipe.linux is not None and recipe.build is not None:
        raise UserError(
            f"{where}: [build] and [linux] exclude each other.",
            "[linux] makes a Linux kernel as kbis knows how; [build] runs a command of your own. Take one of them out.",
        )
    if boot.medium != "kernel" and (boot.cmdline or test.reproducer is not None):
        other = "cmdline" if boot.cmdline else "a reproducer"
        raise UserError(
            f'{where}: [boot] medium "{boot.medium}" and {other} exclude each other.',
            "QEMU gives a command line and an initial ramdisk only to a kernel that it loads itself.",
        )
    if boot.console != "serial" and boot.emulator not in PC_EMULATORS:
        raise UserError(
            f'{where}: [boot] console "{boot.console}" needs a PC, not {boot.emulator}.',
            "On other machines kbis reads the first serial port; take the line out.",
        )
    if boot.console != "serial" and boot.inputs:
        raise UserError(
            f'{where}: [[boot.input]] and console "{boot.console}" exclude each other.',
            "kbis types on the first serial port only.",
        )
    if boot.success_exit is not None and boot.emulator not in PC_EMULATORS:
        raise UserError(
            f"{where}: [boot] success_exit needs a PC, not {boot.emulator}.",
            "isa-debug-exit is a device of PCs; say with success and failure what the console shows.",
        )
