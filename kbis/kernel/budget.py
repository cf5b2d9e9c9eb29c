"""How many guests may run at once: as many as there are processors and memory for, shared with other kbis here."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kbis.kernel.bounded import MIB

SHARE = 0.8
"""Share of the available memory that guests may take; the rest is for what else happens on the machine."""

OVERHEAD_MIB = 192
"""What QEMU takes beside the guest's memory: its own code and, in emulation, what it translated."""

PLACES = "boots"
"""Directory of the lock files, one for each processor that boots may use; a locked one is in use."""

UNKNOWN_MIB = 1024.0
"""What is taken for available where the machine does not say: enough for two small guests."""

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Budget:
    """What guests may use on this machine.

    Attributes:
        cpus: Processors, of all kbis of this user together.
        cache: The user's directory that all kbis of theirs have in common.
        most: Boots at once, as the user says, whatever the processors; None to go by these.
    """

    cpus: int
    cache: Path
    most: int | None = None

    def capacity(self, guest_cpus: int, guest_mib: float) -> int:
        """Return how many guests may be started now; at least 1.

        Args:
            guest_cpus: Processors of one guest.
            guest_mib: Memory that one guest takes with all around it, MiB.
        """
        fitting = int(available_mib() * SHARE // guest_mib)
        wanted = self._free() // guest_cpus if self.most is None else self.most
        return max(1, min(wanted, fitting))

    @contextmanager
    def taken(self, cpus: int) -> Iterator[None]:
        """Let other kbis see that processors are in use, as many as are free; the locks go with the process."""
        with ExitStack() as held:
            left = cpus
            for number in range(self.cpus):
                if left and (descriptor := self._lock(number)) is not None:
                    held.callback(os.close, descriptor)
                    left -= 1
            yield

    def _free(self) -> int:
        free = 0
        for number in range(self.cpus):
            descriptor = self._lock(number)
            if descriptor is not None:
                os.close(descriptor)
                free += 1
        return free

    def _lock(self, number: int) -> int | None:
        """Lock one place; None when it is in use, or cannot be locked at all: boots go on all the same."""
        with suppress(OSError):
            places = self.cache / PLACES
            places.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(places / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                raise
            return descriptor
        return None


def guest_mib(memory_mib: int, *files: Path | None) -> float:
    """Return the memory that one guest takes: its own, QEMU's, and the files that QEMU reads into its own first."""
    size = 0
    for each in files:
        with suppress(OSError):
            size += each.stat().st_size if each is not None else 0
    return memory_mib + OVERHEAD_MIB + size / MIB


def available_mib(meminfo: Path = _MEMINFO, group: Path = _GROUP) -> float:
    """Return the memory that can be had now, MiB: the machine's (MemAvailable, proc(5)) or the container's, if less."""
    found: list[float] = []
    with suppress(OSError, ValueError, IndexError):
        lines = meminfo.read_text().splitlines()
        found += [int(each.split()[1]) / 1024 for each in lines if each.startswith("MemAvailable:")]
    # memory.max is "max" where there is no limit (cgroup-v2.rst).
    with suppress(OSError, ValueError):
        limit = int((group / "memory.max").read_text())
        found.append((limit - int((group / "memory.current").read_text())) / MIB)
    return max(0.0, min(found, default=UNKNOWN_MIB))
