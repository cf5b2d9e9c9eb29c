"""What kind of thing a reproducer is, told from its name and its bytes."""

import re

from kbis.errors import UserError
from kbis.kernel.userland import elf
from kbis.kernel.userland.parts import Kind

_EXTENSIONS: dict[str, Kind] = {".c": "c", ".sh": "script", ".syz": "syzkaller", ".prog": "syzkaller"}

# docs/program_syntax.md of syzkaller: `r0 = open$dir(&(0x7f0000000000)='./file0', 0x0, 0x0)`, perhaps with
# properties behind it, as in `(fail_nth: 2)`.
_CALL = re.compile(
    rb"(?:r\d+ = )?[a-z_][a-z0-9_]*(?:\$[A-Za-z0-9_]+)?\(.*\)(?: \([a-z_]+(?:: \d+)?(?:, .*)?\))?"
)
_C = re.compile(rb"^\s*#\s*include\s*[<\"]|^\s*(?:int|void)\s+main\s*\(", re.MULTILINE)


def kind_of(name: str, content: bytes) -> Kind:
    """Say what a reproducer is.

    What the bytes say goes before what the extension says.

    Raises:
        UserError: it is empty, or nothing tells what it is.
    """
    if not content.strip():
        raise UserError(f"The reproducer {name} is empty.", "Name a file that makes the bug happen.")
    if content.startswith(elf.MAGIC):
        return "binary"
    if content.startswith(b"#!"):
        return "script"
    for extension, kind in _EXTENSIONS.items():
        if name.lower().endswith(extension):
            return kind
    if _is_syzkaller(content):
        return "syzkaller"
    if _C.search(content):
        return "c"
    raise UserError(
        f"Nothing tells what the reproducer {name} is.",
        "Give it the extension .c (C source), .sh (shell script) or .syz (syzkaller program), or make it a static "
        "ELF program.",
    )


def _is_syzkaller(content: bytes) -> bool:
    lines = [line.strip() for line in content.splitlines() if line.strip() and not line.startswith(b"#")]
    return bool(lines) and all(_CALL.fullmatch(line) for line in lines)
