"""Try KVM by booting a guest with it.

A `/dev/kvm` may exist, open, and even run flat code, and yet be useless: on some nested hosts every guest with paging
dies at its first exception, or runs slower than emulation. So the smallest guest that pages and takes a fault is
booted with and without it.
"""

import os
import platform
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from kbis.errors import InfraError
from kbis.kernel.boot import BootFacts, boot
from kbis.kernel.guest import PAGE_FAULT, STEP_OVER_FAULT, debug_exit, fault, guest, say
from kbis.kernel.passing import passing_directory
from kbis.kernel.qemu import Accelerator
from kbis.kernel.recipe import DONE, PC_EMULATORS, READY, BootRecipe

KVM = Path("/dev/kvm")

PROBE_LIMIT_S = 3.0
"""With working acceleration the guest needs about 0.1 s."""

EMULATED_LIMIT_S = 30.0
"""Without acceleration the guest needs 0.1 s on an idle machine."""

SLOWER_AT_MOST = 2.0
SLOW_FROM_S = 1.0
"""KVM is refused when it takes more than twice the time of emulation, and more than a second."""

_EXIT_VALUE = 0x20
MACHINES = ("microvm", "pc")
_FAULT_TAKEN = "page fault taken"
GUEST = guest(
    say(f"{READY}\n"),
    fault(),
    say(f"{DONE}\n"),
    debug_exit(_EXIT_VALUE),
    handlers={PAGE_FAULT: say(f"{_FAULT_TAKEN}\n") + STEP_OVER_FAULT},
)
EXPECTED = f"{READY}\n{_FAULT_TAKEN}\n{DONE}\n".encode()


@dataclass(frozen=True, slots=True)
class Acceleration:
    """How guests are run on this machine.

    Attributes:
        name: "kvm" or "tcg".
        reason: Why, as a sentence for people.
        hint: What would make KVM usable; "" when nothing is to be done.
        details: What was measured, a line each.
    """

    name: Accelerator
    reason: str
    hint: str = ""
    details: tuple[str, ...] = ()


def probe(program: str = "qemu-system-x86_64", kvm: Path = KVM, scratch: Path | None = None) -> Acceleration:
    """Find out how to run guests, by booting one; takes about half a second.

    Args:
        program: The emulator.
        kvm: The device of KVM.
        scratch: Where the probe may have directories of its own; what killed ones left there is removed. By default
            that of temporary files.

    Raises:
        InfraError: the emulator is not installed, or cannot run even the smallest guest.
    """
    strange = foreign(program)
    if strange is not None:
        return strange
    if program not in PC_EMULATORS:
        hint = "git config kbis.accel kvm uses it all the same; a kernel that does not come up is booted without."
        return _refused(f"there is no test guest for {program}", hint)
    if not kvm.exists():
        return _refused(
            f"{kvm} does not exist", "KVM needs a CPU with virtualisation and the kernel's kvm module."
        )
    if not os.access(kvm, os.R_OK | os.W_OK):
        return _refused(
            f"{kvm} may not be opened by this user", 'sudo adduser "$USER" kvm, then log in again.'
        )
    with passing_directory("probe-", scratch) as directory:
        image = directory / "guest"
        image.write_bytes(GUEST)
        return _compare(program, kvm, image, directory)


_RUNS: Final = {
    "x86_64": PC_EMULATORS,
    "i686": frozenset({"qemu-system-i386"}),
    "aarch64": frozenset({"qemu-system-aarch64", "qemu-system-arm"}),
    "ppc64le": frozenset({"qemu-system-ppc64"}),
    "riscv64": frozenset({"qemu-system-riscv64"}),
    "s390x": frozenset({"qemu-system-s390x"}),
}
"""The emulators that can have KVM on a machine (uname(2)): those for guests of its own kind."""


def foreign(program: str) -> Acceleration | None:
    """Say that KVM is of no use for an emulator of another kind of machine, whatever the user set; None otherwise.

    Args:
        program: The emulator, a name or a path.
    """
    machine = platform.machine()
    name = PurePath(program).name
    if name in _RUNS.get(machine, {name}):
        return None
    return _refused(f"this machine is {machine}, and {name} runs another architecture")


def refusal(kvm: Path, emulated: BootFacts, accelerated: BootFacts) -> str | None:
    """Say why KVM is not to be used, from one boot of the probe's guest without it and one with it.

    Args:
        kvm: The device's name, for the sentence.
        emulated: A boot in emulation that went well.
        accelerated: The boot with KVM.

    Returns:
        The reason as a part of a sentence; None when KVM works.
    """
    without_s, with_s = emulated.duration_ns / 1e9, accelerated.duration_ns / 1e9
    if not passed(accelerated):
        return (
            f"{kvm} exists but is useless here: the test guest, which boots in {without_s:.2f} s without it, "
            f"{_showed(accelerated)} with it"
        )
    if with_s > max(SLOWER_AT_MOST * without_s, SLOW_FROM_S):
        return (
            f"{kvm} is slower than emulation here: the test guest took {with_s:.2f} s with it and "
            f"{without_s:.2f} s without"
        )
    return None


def passed(facts: BootFacts) -> bool:
    """Say whether the probe's guest did all that it should."""
    return facts.ending == "debug-exit" and facts.console.text() == EXPECTED


def _compare(program: str, kvm: Path, image: Path, scratch: Path) -> Acceleration:
    details: list[str] = []
    times = ""
    for machine in MACHINES:
        recipe = BootRecipe(emulator=program, machine=machine, memory_mib=32)
        emulated = boot(recipe, image, None, "tcg", limit_s=EMULATED_LIMIT_S, scratch=scratch)
        details.append(_told(machine, emulated))
        if not passed(emulated):
            if machine != MACHINES[-1]:
                continue  # not every QEMU is built with microvm
            raise InfraError(
                f"{program} cannot run even the smallest guest: {details[-1]}.",
                "Reinstall QEMU; `kbis doctor` shows what it says.",
            )
        accelerated = boot(recipe, image, None, "kvm", limit_s=PROBE_LIMIT_S, scratch=scratch)
        details.append(_told(machine, accelerated))
        why = refusal(kvm, emulated, accelerated)
        if why is not None:
            return _refused(why, details=tuple(details))
        times = f"{accelerated.duration_ns / 1e9:.2f} s ({emulated.duration_ns / 1e9:.2f} s without it)"
    return Acceleration("kvm", f"KVM is used: the test guest booted in {times}.", details=tuple(details))


def _refused(why: str, hint: str = "", details: tuple[str, ...] = ()) -> Acceleration:
    return Acceleration("tcg", f"KVM is not used: {why}.", hint, details)


def _showed(facts: BootFacts) -> str:
    if facts.ending == "time-limit":
        return f"did not end within {PROBE_LIMIT_S:.0f} s"
    if facts.done_at is not None:
        return "ended wrongly"
    if facts.ready_at is not None:
        return "died at its first page fault"
    return "made QEMU fail" if facts.ending == "qemu-failed" else "never said a word"


def _told(machine: str, facts: BootFacts) -> str:
    said = facts.console.text().decode("ascii", "replace").split("\n")
    return (
        f"{machine} with {facts.accelerator}: {facts.ending} after {facts.duration_ns / 1e9:.2f} s, "
        f"console {' | '.join(filter(None, said)) or 'empty'}"
        + (f", QEMU says: {facts.error}" if facts.error else "")
    )
