"""How a syzkaller program is run: the arguments of syz-execprog that its header asks for.

Sources: docs/executing_syzkaller_programs.md, tools/syz-execprog/execprog.go and pkg/instance/instance.go of syzkaller.
Only flags that its old and its new versions take are passed; `-collide` is ignored by new ones, and `-fault_call` is
gone there, so that it is passed only where a header asks for it.
"""

import json
import re
from collections.abc import Sequence

_OLD = re.compile(r"(\w+):(\S+)")


def arguments(program: bytes, place: str, more: Sequence[str], *, executor: bool = True) -> tuple[str, ...]:
    """The command that runs a syzkaller program in the guest.

    Args:
        program: The program; the first line that begins with `#{` or `# {` has its options, as syzkaller writes them.
        place: The directory in the guest that has syz-execprog, syz-executor, and the program as "reproducer".
        more: More flags from the recipe; the last of two equal ones counts.
        executor: Whether there is a syz-executor.
    """
    options = header(program)
    repeat = "0" if options.get("repeat", "true") == "true" else "1"
    flags = [
        *((f"-executor={place}/syz-executor",) if executor else ()),
        f"-sandbox={options.get('sandbox') or 'none'}",
        f"-procs={options.get('procs', '1')}",
        f"-repeat={repeat}",
        f"-threaded={options.get('threaded', 'true')}",
        f"-collide={options.get('collide', 'false')}",
        "-cover=0",
    ]
    if options.get("fault") == "true":
        flags += [
            f"-fault_call={options.get('faultcall', '0')}",
            f"-fault_nth={options.get('faultnth', '0')}",
        ]
    return (f"{place}/syz-execprog", *flags, *more, f"{place}/reproducer")


def header(program: bytes) -> dict[str, str]:
    """The options that a syzkaller program was found with, keys in lower case, values as text.

    Old programs have them in Go's notation, `#{Threaded:true Procs:8 Sandbox:none}`, newer ones as JSON.
    """
    for line in program.decode("utf-8", "replace").splitlines():
        found = re.fullmatch(r"#\s*(\{.*\})\s*", line)
        if found is None:
            continue
        try:
            plain = json.loads(found[1])
            return {str(key).lower(): _text(value) for key, value in plain.items()}
        except (ValueError, RecursionError):
            return {key.lower(): value for key, value in _OLD.findall(found[1].strip("{}"))}
    return {}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
