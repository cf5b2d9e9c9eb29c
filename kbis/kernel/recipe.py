"""The recipe: everything needed to redo a test. It is read from kbis.toml and kept in the log as its own text."""

import json
import tomllib
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from kbis.errors import IntegrityError, UserError
from kbis.kernel.recipe_fields import BelowPath, Text, Texts, Whole, plain_table, read_table, reject_unknown

FORMAT: Final = 1
"""The version of the text form. A recipe with other keys needs another number."""

BYTES_LIMIT = 64 * 1024
DAY_S = 24 * 60 * 60

READY = "@@KBIS READY"
DONE = "@@KBIS DONE"

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


@dataclass(frozen=True, slots=True)
class TestRecipe:
    """What is tested.

    Attributes:
        reproducer: The file, beside kbis.toml, that makes the crash happen; None when booting is the test.
    """

    __test__ = False  # pytest: the name begins with "Test", the class is none

    reproducer: Annotated[str | None, BelowPath("reproducer", "a path below the directory of kbis.toml")] = (
        None
    )


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything needed to redo a build and its boots, but for the source and the reproducer's content."""

    build: BuildRecipe
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
        tables = {name: plain_table(getattr(self, name)) for name in _TABLES}
        return json.dumps(tables | {"recipe": FORMAT}, indent=2, sort_keys=True).encode("ascii") + b"\n"

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

_DAMAGED = "The event that brought it was not made by kbis; do not use it."


def _from_tables(tables: dict[str, Any], where: str) -> Recipe:
    reject_unknown(tables, list(_TABLES), "the file", where)
    read = {name: read_table(kind, name, tables.get(name, {}), where) for name, kind in _TABLES.items()}
    recipe = Recipe(**read)
    ready, done = recipe.boot.ready, recipe.boot.done
    if ready in done or done in ready:
        raise UserError(
            f'{where}: [boot] ready "{ready}" and done "{done}" cannot be told apart.',
            "Neither marker may be part of the other.",
        )
    return recipe
