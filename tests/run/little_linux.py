"""A tree that answers make as Linux does (O=, olddefconfig, .cmd files, a vmlinux), in a second: for what is around it.

That real Linux is built and booted so is shown by tests/linux.
"""

from pathlib import Path

from tests.run.wheel import git

MAKEFILE = Path(__file__).with_suffix(".mk").read_text()

MAIN = """#include "header.h"
const char *name = __FILE__ BANNER;
int number = NUMBER;
#ifdef KASAN
int poison;
#endif
void _start(void) { for (;;) number++; }
"""

SYMBOLS = ("BLK_DEV_INITRD", "BUILD_SALT", "KASAN", "LOCALVERSION", "NET", "PRINTK", "TTY")

FILES = {
    "Makefile": MAKEFILE,
    "Kbuild": "",
    "Kconfig": "",
    "MAINTAINERS": "",
    "symbols": "".join(f"{each}\n" for each in SYMBOLS),
    "main.c": MAIN,
    "header.h": "#define NUMBER 1\n",
    "Documentation/index.rst": "Words\n",
}


def little_linux(where: Path) -> None:
    """Make the repository with its first commit."""
    where.mkdir()
    git(where, "init", "-q", "-b", "main")
    change(where, FILES, "first")


def change(where: Path, files: dict[str, str], message: str) -> str:
    """Write files, commit them, and return the commit's id."""
    for name, content in files.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(content)
    git(where, "add", "-A")
    git(where, "commit", "-q", "-m", message)
    return git(where, "rev-parse", "HEAD")
