"""The QEMU command line, as a pure function of what shall be run."""

from typing import Literal

from kbis.kernel.recipe import PC_EMULATORS, BootRecipe

Accelerator = Literal["kvm", "tcg"]

DEBUG_EXIT_PORT = 0xF4
"""A guest of a PC that writes V here ends QEMU with exit status 2 * V + 1."""

SCREEN = "screen"
"""The console of a guest that prints on its text screen only, which is read with the monitor."""

IMAGE = "kernel"
INITRD = "initrd"
"""The files' names in the directory that QEMU runs in: neither a comma in a path (which QEMU takes for a list) nor
the user's directories (which some guests print) get into a command line."""


def command_line(
    recipe: BootRecipe, accelerator: Accelerator, monitor: int, *, initrd: bool, program: str | None = None
) -> tuple[str, ...]:
    """Compose the command that boots `IMAGE`, and `INITRD` with it, in the directory where it is run.

    The guest waits for `cont` on the monitor, so that no event is lost. A reset ends QEMU (and the console is whole
    then, unlike after a panic alone). The console is standard output, what is typed is standard input; nothing else of
    the host is visible.

    Args:
        recipe: The machine, its memory, the kernel's command line.
        accelerator: "kvm" or "tcg".
        monitor: The inherited descriptor of the QMP socket.
        initrd: Whether there is an `INITRD`: an initramfs, or the first multiboot module.
        program: Where the emulator is; by default it is found on PATH.
    """
    return (
        program or recipe.emulator,
        *("-M", recipe.machine),
        *("-accel", accelerator),
        *("-m", f"{recipe.memory_mib}M"),
        *("-smp", str(recipe.cpus)),
        *("-nodefaults", "-no-user-config", "-display", "none", "-S", "-no-reboot"),
        *("-action", "panic=none"),
        *("-chardev", "stdio,id=console,signal=off", *_console(recipe.console)),
        *("-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control"),
        *_pc_devices(recipe),
        *_MEDIA[recipe.medium],
        *(("-initrd", INITRD) if initrd else ()),
        *(("-append", recipe.cmdline) if recipe.cmdline else ()),
        *recipe.qemu,
    )


_MEDIA: dict[str, tuple[str, ...]] = {
    "kernel": ("-kernel", IMAGE),
    "disk": ("-drive", f"file={IMAGE},format=raw,media=disk,snapshot=on"),
    "floppy": ("-drive", f"file={IMAGE},format=raw,if=floppy,snapshot=on", "-boot", "a"),
    "cdrom": ("-drive", f"file={IMAGE},format=raw,media=cdrom,readonly=on", "-boot", "d"),
    "firmware": ("-bios", IMAGE),
}
"""How QEMU is given the image; what a guest writes to its disk is forgotten, for the image boots again."""


def _console(console: str) -> tuple[str, ...]:
    """What the guest prints on; a serial port that is not read is there all the same, for some guests wait for it."""
    if console == "serial":
        return ("-serial", "chardev:console")
    if console == SCREEN:
        return ("-serial", "null", "-vga", "std")
    port = console.partition(":")[2]
    return ("-serial", "null", "-device", f"isa-debugcon,iobase={port},chardev=console")


def _pc_devices(recipe: BootRecipe) -> tuple[str, ...]:
    """The ways for a PC guest to say that it ended or panicked; Linux finds pvpanic on PCI, a small kernel on ISA."""
    if recipe.emulator not in PC_EMULATORS:
        return ()
    has_pci = not recipe.machine.startswith(("microvm", "isapc"))
    return (
        *("-device", f"isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x},iosize=4"),
        *("-device", "pvpanic"),
        *(("-device", "pvpanic-pci") if has_pci else ()),
    )
