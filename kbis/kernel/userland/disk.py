"""How QEMU is given the user's disk image, such that what a guest writes to it is forgotten."""

import re
from pathlib import Path

from kbis.errors import UserError

_QCOW2 = b"QFI\xfb"


def disk_arguments(disk: Path, machine: str) -> tuple[str, ...]:
    """QEMU's arguments for a disk with the guest's root file system.

    Which driver a kernel has differs from config to config, so a PC shows the same image as a virtio disk, an NVMe
    disk and an IDE (on q35: SATA) disk; init mounts the first that comes up with a root file system on it. Each has
    its own snapshot: nothing is written to the image. Where several partitions look like a root, `kbis.root=/dev/NAME`
    on the kernel's command line chooses.

    Args:
        disk: The image, raw or qcow2, told by its magic.
        machine: QEMU's machine type, perhaps with options.

    Raises:
        UserError: it is absent or cannot be read.
    """
    try:
        with disk.open("rb") as file:
            kind = "qcow2" if file.read(4) == _QCOW2 else "raw"
    except OSError as why:
        raise UserError(
            f"The disk image {disk} cannot be read: {why.strerror}.", "Mend [guest] disk."
        ) from why
    # QEMU takes a comma for the end of a value unless it is doubled.
    path = str(disk.absolute()).replace(",", ",,")
    drive = f"file={path},format={kind},snapshot=on"
    kinds = _devices(re.split("[,-]", machine, maxsplit=1)[0])
    arguments: list[str] = []
    for number, device in enumerate(kinds):
        name = f"kbis-disk{number}"
        if device == "ide":
            arguments += ["-drive", f"{drive},if=ide,id={name}"]
        else:
            arguments += ["-drive", f"{drive},if=none,id={name}", "-device", f"{device},drive={name}"]
    return tuple(arguments)


def _devices(machine: str) -> tuple[str, ...]:
    if machine in {"pc", "q35"}:
        return ("virtio-blk-pci", "nvme,serial=kbis", "ide")
    if machine == "microvm":
        return ("virtio-blk-device",)
    return ("virtio-blk-ccw",) if machine == "s390" else ("virtio-blk-pci",)
