"""The golden examples: one event of every kind, of a kind nobody knows too, made with a key that means nothing.

`python -m tests.log.examples` in the project's root writes schemas/examples/ again. That is right only when a kind is
new: an example that changed is a format that changed, and old events would no longer be read.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kbis.log import attachments, sshsig
from kbis.log.attachments import Content
from kbis.log.event import Event
from kbis.log.kinds import (
    Alias,
    Boot,
    Build,
    Claim,
    Conclude,
    Data,
    Override,
    Reproduce,
    Retract,
    Start,
    Target,
    Unknown,
    Verdict,
)
from kbis.log.line import format_line
from kbis.views.event_json import event_json
from tests.log.world import ANN, NOW_MS, a_commit

EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "examples"

_RECIPE = Content("recipe", b'build = "make"\n')
_REPRODUCER = Content("reproducer", b"int main(void) { return 0; }\n")
_BAD, _GOOD, _TESTED = a_commit(0), a_commit(1), a_commit(2)
_SIGNATURE = bytes(range(32))
_TITLE = "KASAN: slab-use-after-free Read in pebble_close"


def examples() -> Iterator[Event]:
    """One bisection, from its start to its end."""
    recipe, reproducer = map(attachments.describe, (_RECIPE, _REPRODUCER))
    start = Event(
        repository=a_commit(9),
        bisection=b"",
        object=_BAD,
        key=ANN.public.fingerprint,
        parents=(),
        lamport=1,
        time=NOW_MS,
        nonce=bytes(8),
        data=Start(
            "git/1",
            10,
            (_GOOD,),
            recipe=recipe.sha256,
            reproducer=reproducer.sha256,
            target=Target(_TITLE, "kasan"),
            check_ends=True,
            title="use-after-free on close",
            origin="https://example.org/bug?id=1",
        ),
        attachments=(recipe, reproducer),
    )
    made = [start]

    def add(about: bytes, data: Data, *, unknown_kind: str = "") -> Event:
        last = made[-1]
        made.append(
            Event(
                repository=start.repository,
                bisection=start.id,
                object=about,
                key=ANN.public.fingerprint,
                parents=tuple(sorted({last.id, start.id} if len(made) > 2 else {last.id})),
                lamport=last.lamport + 1,
                time=NOW_MS + 1000 * len(made),
                nonce=len(made).to_bytes(8, "big"),
                data=data,
                unknown_kind=unknown_kind,
            )
        )
        return made[-1]

    add(
        _TESTED,
        Claim(10, NOW_MS + 600_000, "lab-1", "candidate", left=120, steps=7, subject="pebble: close late"),
    )
    build = add(
        _TESTED,
        Build("ok", "gcc 13.2.0", _SIGNATURE, recipe.sha256, tree=a_commit(3), duration_ns=81_000_000_000),
    )
    boot = add(
        _TESTED,
        Boot(
            "crash",
            _TITLE,
            "kasan",
            ("pebble_close", "fput", "do_exit"),
            reached="reproducer",
            build=build.id,
            signature=_SIGNATURE,
            duration_ns=2_500_000_000,
            accel="tcg",
            emulator="QEMU 7.2.0",
        ),
    )
    add(_TESTED, Verdict("bad", "git/1", "3 of 10 boots crashed with the target"))
    override = add(_TESTED, Override("good", "that crash is another bug, see the stack"))
    add(_TESTED, Retract((override.id,), "I had the wrong console open"))
    add(_TESTED, Reproduce(boot.id, True, "crash", _TITLE, _SIGNATURE, "gcc 13.2.0", "kvm", 900_000_000))
    add(
        _BAD,
        Conclude(
            "first bad commit",
            "git/1",
            (_TESTED,),
            "its parents are good",
            confidence_ppm=993_000,
            revisions=8,
            build_ns=648_000_000_000,
            boot_ns=200_000_000_000,
            total_ns=848_000_000_000,
            title=_TITLE,
            recipients=("ada@example.org",),
            subject="pebble: close late",
        ),
    )
    add(
        _TESTED,
        Unknown({"said": "by a newer kbis", "bytes": b"\0\xff", "list": [None, True, -1]}),
        unknown_kind="future",
    )
    # Kinds that came later follow what was there: an example never changes.
    add(_BAD, Alias("WARNING in pebble_close", True, "the same stack, caught a line earlier"))
    add(_GOOD, Build("ok", "gcc 13.2.0", _SIGNATURE, recipe.sha256, tree=a_commit(4), inputs_of=_TESTED))
    yield from made


def name(event: Event) -> str:
    """An example's name: the kind, or what came later within a kind."""
    return "build-inputs-of" if isinstance(event.data, Build) and event.data.inputs_of else event.kind


def example(event: Event) -> dict[str, Any]:
    signed = ANN.signed(event)
    return {
        "json": event_json(event),
        "body": event.body.hex(),
        "id": event.id.hex(),
        "public_key": ANN.public.line(),
        "namespace": sshsig.NAMESPACE,
        "signature": signed.signature.hex(),
        "line": format_line(signed).decode(),
    }


def main() -> None:
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    for event in examples():
        text = json.dumps(example(event), indent=2, ensure_ascii=False)
        (EXAMPLES / f"{name(event)}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
