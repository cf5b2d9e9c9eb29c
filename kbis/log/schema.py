"""The published format: JSON Schemas of every kind and of the frame, and the table of kinds in docs/format.md.

All of it is made from the code: `python -m kbis.log.schema` in the project's root writes it again, and with
`--check` says what differs.
"""

import json
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

from kbis.log.event import FRAME, MAX_ATTACHMENTS, Attachment
from kbis.log.fields import Bytes, Choice, Flag, Many, Spec, Table, Text, Whole, record_schema, specs
from kbis.log.kinds import CONDITIONS, KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMAT = Path("docs/format.md")
SCHEMAS = Path("schemas")

_BEGIN, _END = "<!-- made by kbis.log.schema: begin -->\n", "<!-- made by kbis.log.schema: end -->\n"


def kind_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of what an event of one kind says: its `data`."""
    named = {"$schema": DIALECT, "$id": f"{kind}.schema.json", "title": kind}
    return named | record_schema(KINDS[kind]) | CONDITIONS.get(kind, {})


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of a whole event, which leads to those of the kinds."""
    properties = {name: spec.schema() for name, spec in FRAME.items()}
    properties["parents"]["uniqueItems"] = True
    properties["id"] = Bytes((32,)).schema()
    properties["data"] = {"type": "object"}
    properties["attachments"] = Many(Table(Attachment), MAX_ATTACHMENTS).schema()
    start = {"bisection": {"const": ""}, "parents": {"maxItems": 0}, "lamport": {"const": 1}}
    return {
        "$schema": DIALECT,
        "$id": "event.schema.json",
        "title": "event",
        "description": "An event in its JSON form: bytes are lower-case hex, `id` is derived.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": "start"}}},
                "then": {"properties": start},
                "else": {"properties": {"bisection": {"minLength": 1}}},
            },
            *(
                {
                    "if": {"properties": {"kind": {"const": kind}}},
                    "then": {"properties": {"data": {"$ref": f"{kind}.schema.json"}}},
                }
                for kind in KINDS
            ),
        ],
    }


def kinds_table() -> str:
    """Return the kinds and their fields as Markdown; optional fields are marked with a question mark."""
    parts = []
    for kind, record in KINDS.items():
        parts.append(f"**`{kind}`**: {cleandoc(record.__doc__ or '')}\n\n| field | holds |\n|---|---|\n")
        parts += [
            f"| `{each.name}`{'' if each.default is not None else '?'} | {describe(spec)} |\n"
            for each, spec in specs(record)
        ]
        parts.append("\n")
    return "".join(parts)


def describe(spec: Spec) -> str:
    """Return the rule of a field in a few words."""
    match spec:
        case Text(limit, pattern):
            narrowed = f" that matches `{pattern}`" if pattern else ""
            return f"text of at most {limit} characters{narrowed}"
        case Bytes(sizes):
            return f"{' or '.join(map(str, sizes))} bytes"
        case Whole(least, most):
            return f"integer from {least}" + (f" to {most}" if most < Whole().most else "")
        case Flag():
            return "true or false"
        case Choice(words):
            return "one of " + ", ".join(f"`{word}`" for word in words)
        case Many(item, most, least):
            return f"{least} to {most} of: {describe(item)}"
        case Table(record):
            inner = (
                f"`{each.name}`{'' if each.default is not None else '?'} {describe(inside)}"
                for each, inside in specs(record)
            )
            return "map of " + "; ".join(inner)
    raise TypeError(f"{type(spec).__name__} has no description")


def published(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file that is made from the code, with what it should hold.

    Args:
        root: The project's root; docs/format.md is read there, for the text around the table.
    """
    schemas = {kind: kind_schema(kind) for kind in KINDS} | {"event": event_schema()}
    for name, schema in schemas.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        yield root / SCHEMAS / f"{name}.schema.json", text
    before, _, rest = (root / FORMAT).read_text().partition(_BEGIN)
    yield root / FORMAT, before + _BEGIN + kinds_table() + _END + rest.partition(_END)[2]


def drifted(root: Path) -> list[Path]:
    """Return the published files that do not hold what the code says."""
    return [path for path, text in published(root) if not path.exists() or path.read_text() != text]


def main(*options: str) -> None:
    """Write the published files, or with `--check` only name those that drifted and fail."""
    root = Path.cwd()
    wrong = drifted(root)
    if "--check" in options:
        if wrong:
            names = ", ".join(str(path.relative_to(root)) for path in wrong)
            sys.exit(f"Not as the code has it: {names}; run python -m kbis.log.schema")
        return
    for path, text in published(root):
        path.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
