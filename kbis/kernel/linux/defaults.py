"""What [boot] and [guest] are when a kbis.toml has [linux]: a machine that the architecture's kernel boots on."""

from typing import Any, Final

from kbis.kernel.linux.architecture import ARCHITECTURES, Architecture

MEMORY_MIB: Final = 1024
"""Enough for a distribution's config with KASAN, which keeps an eighth of the memory for itself."""

TIMEOUT_S: Final = 120
"""A kernel with KASAN and lockdep takes 6 to 12 s under TCG to boot; a reproducer needs time as well."""


def with_linux_defaults(tables: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a kbis.toml with [linux] leaves out; the command line of its own comes behind kbis's.

    Args:
        tables: The file's tables; wrong ones are left for the reader to refuse.
    """
    linux, boot = tables.get("linux"), tables.get("boot", {})
    if not isinstance(linux, dict) or not isinstance(boot, dict):
        return tables
    architecture = ARCHITECTURES.get(str(linux.get("arch", "x86_64")))
    if architecture is None:
        return tables
    plain = {
        "emulator": architecture.emulator,
        "machine": architecture.machine,
        "memory": MEMORY_MIB,
        "timeout": TIMEOUT_S,
    }
    own = boot.get("cmdline", "")
    always: dict[str, Any] = {
        "cmdline": f"{architecture.cmdline} {own}".strip() if isinstance(own, str) else own
    }
    more = boot.get("qemu", [])
    if isinstance(more, list) and _lacks_processor(
        architecture, boot.get("machine", architecture.machine), more
    ):
        always["qemu"] = [*architecture.qemu, *more]
    return {"guest": {}} | tables | {"boot": plain | boot | always}


def _lacks_processor(architecture: Architecture, machine: object, qemu: list[Any]) -> bool:
    """Whether kbis names the processor: that of QEMU's `virt` is a 32-bit one, those of boards are their own."""
    same = str(machine).partition(",")[0] == architecture.machine
    return bool(architecture.qemu) and same and "-cpu" not in qemu
