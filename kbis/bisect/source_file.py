"""Source files that moved: are two paths, of two versions of a tree, one file? Pure."""

from kbis.bisect.crash_title import directory, file_name

COMMON_NAMES = frozenset(
    {
        *(
            "acl.c",
            "alloc.c",
            "attr.c",
            "base.c",
            "bitmap.c",
            "block.c",
            "bus.c",
            "cache.c",
            "class.c",
            "client.c",
        ),
        *(
            "clock.c",
            "cmd.c",
            "common.c",
            "context.c",
            "control.c",
            "core.c",
            "cpu.c",
            "debug.c",
            "debugfs.c",
        ),
        *("dev.c", "device.c", "dir.c", "dma.c", "driver.c", "entry.S", "events.c", "export.c", "extent.c"),
        *("fault.c", "file.c", "firmware.c", "fs.c", "fw.c", "hash.c", "head.S", "head.c", "hw.c", "inet.c"),
        *(
            "init.c",
            "inode.c",
            "input.c",
            "interrupt.c",
            "io.c",
            "ioctl.c",
            "iommu.c",
            "irq.c",
            "key.c",
            "lib.c",
        ),
        *(
            "link.c",
            "lock.c",
            "locking.c",
            "log.c",
            "mac.c",
            "main.c",
            "manager.c",
            "map.c",
            "mem.c",
            "memory.c",
        ),
        *("misc.c", "mm.c", "mmap.c", "mmu.c", "module.c", "msg.c", "msi.c", "namei.c", "net.c", "netlink.c"),
        *("node.c", "nodes.c", "object.c", "output.c", "page.c", "pci.c", "phy.c", "platform.c", "pm.c"),
        *(
            "port.c",
            "power.c",
            "proc.c",
            "process.c",
            "protocol.c",
            "ptrace.c",
            "queue.c",
            "reg.c",
            "route.c",
        ),
        *("rx.c", "sched.c", "server.c", "setup.c", "signal.c", "smp.c", "socket.c", "state.c", "stats.c"),
        *(
            "string.c",
            "super.c",
            "symlink.c",
            "sys.c",
            "syscall.c",
            "sysctl.c",
            "sysfs.c",
            "table.c",
            "time.c",
        ),
        *("timer.c", "trace.c", "transport.c", "traps.c", "tree.c", "tx.c", "uaccess.h", "util.c", "utils.c"),
        *("verbs.c", "vm.c", "xattr.c"),
    }
)
"""File names that several directories of Linux hold, so that the name alone tells nothing."""


MIN_SUBSYSTEM_PARTS = 2
"""Directories of a path that name a subsystem: `fs/ext4` does, `fs` does not."""


def is_one_file(one: str, other: str) -> bool:
    """Tell whether two paths may be one file before and after a move.

    The name must be the same. A name that many directories hold (`inode.c`) is the same file only when one directory
    lies in the other (`arch/x86/kvm/mmu.c`, later `arch/x86/kvm/mmu/mmu.c`), when both directories have the same name
    (`drivers/staging/erofs`, later `fs/erofs`), or when one path has no directory.
    """
    if file_name(one) != file_name(other):
        return False
    if file_name(one) not in COMMON_NAMES:
        return True
    a, b = directory(one), directory(other)
    return not a or not b or _nested(a, b) or file_name(a) == file_name(b)


def subsystem(one: str, other: str) -> str | None:
    """Return the directory that holds both files, itself or below it; None where it is too wide to mean anything."""
    a, b = sorted((directory(one), directory(other)), key=len)
    return a if len(a.split("/")) >= MIN_SUBSYSTEM_PARTS and _nested(a, b) else None


def _nested(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
