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
        "drivers/base": "bus class devres driver property",
        "drivers/char": "mem misc",
        "drivers/tty": "n_tty tty_io tty_ioctl",
        "fs": "attr char_dev fcntl file inode libfs open select splice",
        "fs/proc": "array generic stat",
        "kernel": "async cred groups kthread notifier pid resource",
        "kernel/time": "clocksource hrtimer itimer",
        "lib": "argv_split bitmap cmdline hexdump idr rbtree scatterlist seq_buf vsprintf",
        "mm": "mempool mlock mprotect readahead util vmalloc",
    }.items()
    for name in names.split()
)
"""Sources that `tiny.config` builds, and that Linux has had for years."""

WARM_HEADERS = ("include/linux/pipe_fs_i.h", "include/linux/binfmts.h", "include/linux/tty_ldisc.h")
"""Headers that 30 to 40 of the 570 objects read."""

EDITABLE = re.compile(r"\.(?:c|rst)$|Kconfig|Makefile|^include/linux/[^/]*\.h$")
