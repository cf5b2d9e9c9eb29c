"""What is made to fill the memory: it is reported, what is recorded goes on counting, and 200 MiB are enough."""

import base64
import json
from pathlib import Path

import pygit2
import pytest

from kbis.log.canon import MAX_BYTES
from kbis.log.line import MAX_LINE
from kbis.log.notes import write_tree
from tests.hostile.clone import NOTES, Clone
from tests.log.test_hostile_trees import bomb
from tests.log.trees import publish, tree_of
from tests.log.world import a_commit
from tests.run.wheel import git

REFUSED, FAILED = 2, 4
MOST_MIB = 200
GIB = 1024**3
MILLION = 1_000_000

EVENTS = 40
"""What the finished bisection consists of."""


def planted(clone: Clone, notes: dict[str, pygit2.Oid]) -> None:
    """Publish blobs as notes beside what is recorded."""
    publish(clone.git, NOTES, write_tree(clone.git, tree_of(clone.git, NOTES), notes))


def verified(clone: Clone, code: int = 0) -> dict[str, int]:
    """Verify in a process of its own, which must stay small and count as much as before; return what it found."""
    out, mib = clone.measured("verify", "--json", code=code)
    assert mib < MOST_MIB
    report = json.loads(out)
    assert report["counting"] == EVENTS
    return {f"{each['severity']}: {each['matter']}": each["number"] for each in report["totals"]}


def test_a_blob_of_a_gibibyte_is_reported_and_never_loaded(clone: Clone, tmp_path: Path) -> None:
    zeros = tmp_path / "zeros"
    with zeros.open("wb") as file:
        file.truncate(GIB)
    made = git(clone.path, "-c", "core.compression=1", "hash-object", "-w", "--no-filters", str(zeros))
    blob = pygit2.Oid(hex=made)
    planted(clone, {clone.commits[3]: blob, clone.commits[-1]: blob})
    assert verified(clone, FAILED)["failure: unreadable note"] == 1
    assert clone.measured("status")[1] < MOST_MIB


def test_a_tree_that_repeats_itself_without_end_is_left_alone(clone: Clone) -> None:
    publish(clone.git, NOTES, bomb(clone.git, clone.git.references[NOTES].target))
    assert verified(clone, FAILED) == {"failure: refused notes": 1}
    said, mib = clone.measured("status", code=REFUSED)
    assert mib < MOST_MIB
    assert said == ""


def test_a_million_lines_in_one_note_are_not_read(clone: Clone) -> None:
    planted(clone, {clone.commits[3]: junk(clone, 0, MILLION)})
    assert verified(clone, FAILED)["failure: unreadable note"] == 1


@pytest.mark.parametrize(("notes", "lines"), [(20, 49_900), (10_000, 100)])
def test_a_million_lines_in_many_notes_are_counted_and_not_kept(clone: Clone, notes: int, lines: int) -> None:
    planted(clone, {a_commit(n).hex(): junk(clone, n * lines, lines) for n in range(notes)})
    assert verified(clone)["warning: foreign line"] == notes * lines


def junk(clone: Clone, first: int, number: int) -> pygit2.Oid:
    return clone.git.create_blob(b"".join(b"%x\n" % each for each in range(first, first + number)))


BODIES = {
    "arrays that say they hold four thousand million": b"\xdd\xff\xff\xff\xff" * 6000,
    "arrays of 65,535 inside one another": b"\xdc\xff\xff" * 10_000,
    "maps that say they hold four thousand million": b"\xdf\xff\xff\xff\xff" * 6000,
    "maps of 65,535 inside one another": (b"\xde\xff\xff" + b"\xa1a") * 6000,
    "thirty thousand arrays inside one another": b"\x91" * 30_000 + b"\xc0",
    "a string that says it has four gigabytes": b"\xdb\xff\xff\xff\xff" + b"a" * 1000,
    "bytes that say they are four gigabytes": b"\xc6\xff\xff\xff\xff" + b"a" * 1000,
    "an extension that says it has four gigabytes": b"\xc9\xff\xff\xff\xff\x05" + b"a" * 1000,
    "a million nothings": b"\xdd\x00\x00\x7f\xf0" + b"\xc0" * 32_752,
}


def test_msgpack_bombs_are_malformed_lines(clone: Clone) -> None:
    assert all(len(body) <= MAX_BYTES for body in BODIES.values())
    lines = [
        b" ".join(
            [b"k1 0000000001 boot", b"%016x" % n, base64.urlsafe_b64encode(body).rstrip(b"="), b"A" * 86]
        )
        for body in BODIES.values()
        for n in range(30)
    ]
    assert all(len(line) < MAX_LINE for line in lines)
    clone.publish({clone.commits[-1]: lines})
    assert verified(clone, FAILED) == {"failure: malformed": len(lines)}
