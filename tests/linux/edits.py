"""What a synthetic commit does to a file of Linux: small edits, of which those on a branch add up at a merge."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal["document", "unbuilt", "kbuild", "comment", "code", "header", "seed"]


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """One edit.

    Attributes:
        number: Of the commit that makes it; edits to one file are applied in this order.
        path: The file.
        kind: What is added at its end; "seed" for a change in its middle.
        inserts: For a seed: lines of the file, each with the text that goes before it.
        undoes: The number of the seed that this one takes back; 0 when it does not.
    """

    number: int
    path: str
    kind: Kind
    inserts: tuple[tuple[str, str], ...] = ()
    undoes: int = 0


def apply(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The content of a file after some edits, whatever the order in which they are given."""
    ordered = sorted(edits)
    undone = {edit.undoes for edit in ordered}
    text = content.decode("utf-8", "surrogateescape")
    for edit in ordered:
        if edit.kind == "seed":
            if edit.number not in undone:
                text = _insert(text, edit)
        else:
            text += "\n" * (not text.endswith("\n")) + _ADDED[edit.kind](edit)
    return text.encode("utf-8", "surrogateescape")


def _insert(text: str, edit: Edit) -> str:
    for line, added in edit.inserts:
        assert line in text, f"{edit.path} has no {line!r}: seeds.py needs another place for this release"
        text = text.replace(line, added + line, 1)
    return text


def _function(edit: Edit) -> str:
    """A function that the linker keeps: the kernel's code changes, and nothing that it does."""
    stem = re.sub(r"\W", "_", PurePosixPath(edit.path).stem)
    name, factor = f"{stem}_scale_{edit.number}", 2 * edit.number + 3
    return (
        f"\nunsigned long {name}(unsigned long value);\n"
        f"unsigned long {name}(unsigned long value)\n{{\n\treturn (value ^ {edit.number}) * {factor};\n}}\n"
    )


_ADDED: dict[str, Callable[[Edit], str]] = {
    "document": lambda edit: f"\nSince change {edit.number} the text above holds for all architectures.\n",
    "unbuilt": _function,
    "kbuild": lambda edit: f"\n# Order checked in change {edit.number}\n",
    "comment": lambda edit: f"\n/* Locking reviewed in change {edit.number}. */\n",
    "code": _function,
    "header": lambda edit: f"\n#define REVIEWED_IN_CHANGE_{edit.number} 1\n",
}
