"""How guests are run on this machine: the answer of the probe, remembered while it holds."""

import contextlib
import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kbis.kernel import emulator
from kbis.kernel.probe import KVM, Acceleration, probe

__all__ = ["Acceleration", "acceleration", "probe", "reject"]

SCRATCH = "probe"
"""The directory, beside the answer, that the probe works in."""

_PROBE_VERSION = 2
"""Another probe may find another answer, so it forgets the old one."""


def acceleration(cache: Path, program: str = "qemu-system-x86_64", kvm: Path = KVM) -> Acceleration:
    """Find out how to run guests, or remember it.

    Args:
        cache: A JSON file for the answer; it holds until the machine, its kernel or QEMU changes.
        program: The emulator.
        kvm: The device of KVM.

    Raises:
        InfraError: the emulator is not installed, or cannot run even the smallest guest.
    """
    key = _key(program, kvm)
    known = _remembered(cache, key)
    if known is not None:
        return known
    found = probe(program, kvm, cache.parent / SCRATCH)
    _remember(cache, key, found)
    return found


def reject(cache: Path, why: str, program: str = "qemu-system-x86_64", kvm: Path = KVM) -> Acceleration:
    """Remember that KVM is of no use here, whatever the probe has found.

    Args:
        cache: The JSON file of the answer.
        why: What was seen, a sentence.
        program: The emulator.
        kvm: The device of KVM.
    """
    found = Acceleration("tcg", why, "git config kbis.accel kvm uses it all the same.")
    _remember(cache, _key(program, kvm), found)
    return found


def _key(program: str, kvm: Path) -> str:
    """What the answer depends on, as a digest."""
    usable = str((kvm.exists(), os.access(kvm, os.R_OK | os.W_OK)))
    modules = sorted(path.name for path in Path("/sys/module").glob("kvm*"))
    flags = next((line for line in _text("/proc/cpuinfo").splitlines() if line.startswith("flags")), "")
    parts = [str(_PROBE_VERSION), program, emulator.version(program), str(kvm), usable, *modules, flags]
    parts.append(_text("/proc/sys/kernel/random/boot_id"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _remembered(cache: Path, key: str) -> Acceleration | None:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept: dict[str, Any] = json.loads(cache.read_text())
        if kept["key"] == key and kept["name"] in {"kvm", "tcg"}:
            return Acceleration(
                kept["name"], str(kept["reason"]), str(kept["hint"]), tuple(map(str, kept["details"]))
            )
    return None


def _remember(cache: Path, key: str, found: Acceleration) -> None:
    # Only a cache: when it cannot be written, the next run probes again.
    with contextlib.suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh = cache.with_name(f"{cache.name}.{os.getpid()}")
        fresh.write_text(json.dumps({"key": key, **asdict(found)}, indent=2) + "\n")
        fresh.replace(cache)
