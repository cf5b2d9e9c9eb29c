"""The real lab behind the wheel's interface: worktree, make and QEMU, with their facts in the log's words."""

from collections.abc import Generator
from hashlib import sha256
from pathlib import Path

import pygit2

from kbis import oops
from kbis.kernel import images
from kbis.kernel.budget import Budget, guest_mib
from kbis.kernel.build import build
from kbis.kernel.console_rules import read_by_rules
from kbis.kernel.guests import Guests
from kbis.kernel.image_size import check_memory
from kbis.kernel.linux.builder import LinuxBuilder
from kbis.kernel.outcome import Outcome
from kbis.kernel.recipe import BootRecipe, Recipe
from kbis.kernel.side_by_side import Stop, side_by_side
from kbis.kernel.slot import Slot
from kbis.log.attachments import Content
from kbis.log.kinds import ALTERNATIVES, Boot, Build
from kbis.oops.place import file_of
from kbis.run.lab import Made, Seen

TITLE_CHARS, TYPE_CHARS, FRAME_CHARS, FRAMES = 256, 60, 128, 32
TOOLCHAIN_CHARS, ERROR_CHARS, EMULATOR_CHARS = 300, 500, 100


class KernelLab:
    """Makes kernels by a recipe in a slot of its own, and boots them.

    Args:
        git: The repository.
        slot: The slot that this process holds.
        recipe: How to build and boot, as recorded.
        machine: The recipe's machine, with what belongs to this host.
        initrd: The initial ramdisk, or None where there is none.
        guests: Runs them.
        budget: How many may run at once.
        jobs: CPUs that a build may use.
        builder: Makes Linux kernels; None where the recipe has a build command of its own.
        boot_is_test: Whether no reproducer runs; None where the initial ramdisk is the reproducer.
        clean: Whether every build begins with an empty directory.
    """

    def __init__(
        self,
        git: pygit2.Repository,
        slot: Slot,
        recipe: Recipe,
        machine: BootRecipe,
        initrd: Path | None,
        guests: Guests,
        budget: Budget,
        jobs: int,
        builder: LinuxBuilder | None = None,
        boot_is_test: bool | None = None,
        clean: bool = False,
    ) -> None:
        self._git = git
        self._slot = slot
        self._recipe = recipe
        self._recipe_id = sha256(recipe.to_bytes()).digest()
        self._machine = machine
        self._initrd = initrd
        self._builder = builder
        self._clean = clean
        self._made: set[bytes] = set()
        self._boot_is_test = initrd is None if boot_is_test is None else boot_is_test
        self._guests = guests
        self._budget = budget
        self._jobs = jobs

    def image(self, signature: bytes) -> Path | None:
        """Return the image of a kernel made before, if it is still here."""
        if self._clean and signature not in self._made:
            return None
        return images.find(signature, self._slot.images)

    def build(self, revision: bytes) -> Made:
        """Make the kernel of a revision; the end of the build's output is kept when it did not succeed.

        Raises:
            UserError: the revision cannot be checked out.
            InfraError: the build could not even begin.
        """
        if self._builder is not None:
            facts = self._builder.build(revision.hex())
        else:
            assert self._recipe.build is not None  # noqa: S101 - a recipe without one is a script's
            facts = build(self._recipe.build, self._slot, revision.hex(), jobs=self._jobs, clean=self._clean)
        fact = Build(
            outcome=facts.outcome,
            toolchain=facts.toolchain[:TOOLCHAIN_CHARS],
            signature=facts.signature,
            recipe=self._recipe_id,
            tree=self._git[pygit2.Oid(raw=revision)].peel(pygit2.Commit).tree_id.raw,
            duration_ns=facts.duration_ns,
            error=facts.error[:ERROR_CHARS] if facts.error else None,
            inputs_of=bytes.fromhex(facts.inputs_of) if facts.inputs_of else None,
        )
        if facts.signature is not None:
            self._made.add(facts.signature)
        log = (Content("build-log", facts.log),) if facts.log and facts.outcome != "ok" else ()
        return Made(fact, log, facts.image)

    def capacity(self, image: Path) -> int:
        """Return how many boots of an image may be made at once now."""
        machine = self._machine
        return self._budget.capacity(machine.cpus, guest_mib(machine.memory_mib, image, self._initrd))

    def boots(self, image: Path, number: int) -> Generator[Seen, None, None]:
        """Boot an image so many times at once, and run the reproducer; the report is kept when there is one.

        Raises:
            UserError: the guest's memory is too small for this kernel to start.
            InfraError: QEMU is not installed or could not be started.
        """
        if self._recipe.guest is not None:
            # Other kernels than Linux may be loaded in ways that their headers do not tell.
            check_memory(image, self._initrd, self._machine.memory_mib)
        with self._budget.taken(number * self._machine.cpus):
            yield from side_by_side(lambda stop: self._boot(image, stop), number)

    def _boot(self, image: Path, stop: Stop) -> Seen:
        facts = self._guests.boot(self._machine, image, self._initrd, stop)
        outcome = read_by_rules(facts, self._machine, boot_is_test=self._boot_is_test)
        fact = Boot(
            outcome=outcome.outcome,
            title=outcome.title[:TITLE_CHARS] if outcome.title else None,
            type=outcome.type[:TYPE_CHARS] if outcome.type else None,
            frames=tuple(each[:FRAME_CHARS] for each in outcome.frames[:FRAMES]) or None,
            reached=outcome.reached,
            signature=bytes.fromhex(image.name),
            duration_ns=facts.duration_ns,
            accel=facts.accelerator,
            emulator=facts.emulator[:EMULATOR_CHARS],
            error=outcome.error[:ERROR_CHARS] if outcome.error else None,
            alternatives=_alternatives(outcome.crash),
            file=file_of(outcome.crash) if outcome.crash else None,
        )
        return Seen(fact, _report(outcome.crash, outcome, facts.console.text()))


def _alternatives(crash: oops.Crash | None) -> tuple[str, ...] | None:
    """Return the other titles that a crash may carry, as many as an event holds."""
    if crash is None or not crash.alternatives:
        return None
    return tuple(each[:TITLE_CHARS] for each in crash.alternatives[:ALTERNATIVES])


def _report(crash: oops.Crash | None, outcome: Outcome, console: bytes) -> tuple[Content, ...]:
    """What a person would want to read of a boot that was not fine: the report, else the console's end."""
    if outcome.outcome == "ok":
        return ()
    text = crash.report if crash is not None and crash.report else console[-CONSOLE_TAIL_BYTES:]
    return (Content("report", text),) if text else ()


CONSOLE_TAIL_BYTES = 16 * 1024
"""How much of a console without a report is kept."""
