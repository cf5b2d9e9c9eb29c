"""Which files of Linux the test's repository has: all that a kernel for x86 is made of, and enough besides to edit.

Whole, Linux has 78,000 files and 1.3 GB; most of both are drivers and other architectures, which our config does not
read. What configures them (Kconfig, Makefile, Kbuild) stays, so the tree is configured and built as the whole one is.
"""

import re

WHOLE = {
    "": "LICENSES arch/x86 block certs crypto fs include init io_uring ipc kernel lib mm scripts security usr virt",
    "Documentation/": "admin-guide core-api filesystems kbuild mm process",
    "drivers/": "acpi base block bus char clocksource cpufreq firmware irqchip leds pci rtc tty virtio watchdog",
    "net/": "802 core ethernet ipv4 unix",
    "tools/": "arch/x86 build include lib objtool scripts",
}
"""Directories with all that is in them."""

WANTED = re.compile(
    "|".join(f"{above}{name}/" for above, names in WHOLE.items() for name in names.split())
    + r"|[^/]+$|(?:.*/)?(?:Kconfig|Makefile|Kbuild)[^/]*$"
)
UNWANTED = re.compile(r"arch/(?!x86/|Kconfig)(?!.*Kconfig)|tools/testing/|debian/")

DOCUMENTS = re.compile(r"Documentation/.*\.rst")
UNBUILT = re.compile(
    r"drivers/(?:acpi|block|bus|cpufreq|firmware/\w+/|irqchip|leds|pci|virtio|watchdog)/.*\.c"
    r"|fs/(?:btrfs|ext4|f2fs|nfs|smb|xfs|ubifs)/.*\.c|net/(?:core|ipv4|unix)/.*\.c"
)
"""Sources that `tiny.config` does not build."""

KBUILD = re.compile(r"(?:drivers|fs|net|lib|mm)/.*(?:Kconfig|Makefile)")

BUILT = frozenset(
    f"{directory}/{name}.c"
    for directory, names in {
        "drivers/base": "bus class core dd devres driver platform property",
        "drivers/char": "mem misc random",
        "drivers/tty": "n_tty tty_io tty_ioctl tty_port",
        "fs": "attr char_dev dcache exec fcntl file inode libfs namei namespace open read_write select splice super",
        "fs/proc": "array base fd generic stat uptime",
        "kernel": "async cpu cred exit fork groups kthread notifier panic pid ptrace reboot resource signal workqueue",
        "kernel/irq": "chip manage",
        "kernel/time": "clocksource hrtimer itimer posix-timers timer",
        "lib": "argv_split bitmap cmdline hexdump idr kobject radix-tree rbtree scatterlist seq_buf vsprintf xarray",
        "mm": "filemap memory mempool mlock mmap mprotect page_alloc readahead rmap shmem slub util vmalloc vmscan",
    }.items()
    for name in names.split()
)
"""Sources that `tiny.config` builds, and that Linux has had for years."""

WARM_HEADERS = ("include/linux/pipe_fs_i.h", "include/linux/binfmts.h", "include/linux/tty_ldisc.h")
"""Headers that 30 to 40 of the 570 objects read."""

EDITABLE = re.compile(r"\.(?:c|rst)$|Kconfig|Makefile|^include/linux/[^/]*\.h$")
