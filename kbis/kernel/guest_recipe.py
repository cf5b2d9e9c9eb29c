"""The recipe's table [guest]: what the kernel finds when it has booted, where kbis makes that."""

from dataclasses import dataclass
from typing import Annotated, Final

from kbis.kernel.recipe_fields import BelowPath, Text

_SHA256: Final = r"[0-9a-f]{64}"


@dataclass(frozen=True, slots=True)
class GuestRecipe:
    """The guest's userland; with all defaults an initramfs that holds kbis's init, and busybox where it is needed.

    Attributes:
        initramfs: An archive (cpio, perhaps compressed) beside kbis.toml that the guest finds as well.
        disk: A disk image on this machine whose userland the reproducer runs in; what it writes is forgotten.
        busybox: A static busybox of the guest's architecture, on this machine; by default the one found there.
        initramfs_sha256: The digest of `initramfs`, as recorded.
        disk_sha256: The digest of `disk`, as recorded: it is too large for the log, so a teammate has the same file.
    """

    initramfs: Annotated[str | None, BelowPath("initramfs", "a path below the directory of kbis.toml")] = None
    disk: Annotated[str | None, Text("disk", "the path of a disk image")] = None
    busybox: Annotated[str | None, Text("busybox", "the path of a static busybox")] = None
    initramfs_sha256: Annotated[str | None, Text("initramfs_sha256", "a sha256 in hex", _SHA256)] = None
    disk_sha256: Annotated[str | None, Text("disk_sha256", "a sha256 in hex", _SHA256)] = None
