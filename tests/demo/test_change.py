"""Changes: what the files of changes say, and what becomes of a tree."""

import pytest

from kbis.demo.change import DIRECTORY, AddObject, Change, Create, Move, Replace, read_series
from kbis.demo.history import KERNEL
from kbis.demo.tree import MAKEFILE, EditError, File, Tree

BASE = Tree(
    {MAKEFILE: File(MAKEFILE, "obj-y += a.o\nobj-y += c.o\nall:\n"), "a.c": File("a.c", "one\ntwo\n")}
)


def test_a_series_is_a_subject_and_those_that_continue_it() -> None:
    culprits = read_series("culprits.changes")
    assert all(len(series) == 1 for series in culprits)
    assert all(len(series) == 2 for series in read_series("unrelated.changes"))
    first = culprits[0][0]
    assert first.subject == "kvcache: avoid the division when the hand moves"
    assert first.body.startswith("KVCACHE_SLOTS is no power of two")
    assert first.note("title") == "kernel BUG in kvcache_slot"
    assert first.steps == (
        Replace(
            "drivers/char/kvcache.c",
            "\thand = (hand + 1) % KVCACHE_SLOTS;\n",
            "\tif (hand++ == KVCACHE_SLOTS)\n\t\thand = 0;\n",
        ),
    )


def test_words_of_a_driver_are_filled_in() -> None:
    words = {"dir": "x", "name": "y", "NAME": "Y", "what": "a z", "n1": "1", "n2": "2"}
    (series,) = read_series("drivers/ring.changes", words)
    new = next(step for step in series[0].steps if isinstance(step, Create))
    assert new.name == "drivers/x/y.c"
    assert "@" not in new.text
    assert AddObject("drivers/x/y.o") in series[0].steps


def test_whole_lines_are_replaced_where_they_are_once() -> None:
    assert BASE.replaced("a.c", "two\n", "2\n3\n").text("a.c") == "one\n2\n3\n"
    for lines in ("three\n", "wo\n", ""):
        with pytest.raises(EditError):
            BASE.replaced("a.c", lines, "x\n")
    twice = BASE.replaced("a.c", "two\n", "one\n")
    with pytest.raises(EditError):
        twice.replaced("a.c", "one\n", "x\n")


def test_an_object_takes_its_place_in_the_makefile() -> None:
    for path, lines in (("b.o", "acb"), ("d.o", "acd"), ("0.o", "0ac")):
        text = BASE.with_object(path).text(MAKEFILE)
        assert text == "".join(f"obj-y += {name}.o\n" for name in sorted(lines)) + "all:\n"


def test_a_change_made_before_a_file_moved_finds_it_afterwards() -> None:
    change = Change("", "", (Replace("a.c", "one\n", "1\n"),))
    move = Change("", "", (Move("a.c", "z/b.c"),))
    tree = change.apply(move.apply(BASE))
    assert tree == move.apply(change.apply(BASE))
    assert tree.files["a.c"] == File("z/b.c", "1\ntwo\n")
    assert tree.text(MAKEFILE) == "obj-y += c.o\nobj-y += z/b.o\nall:\n"


def test_a_reverted_change_leaves_no_trace() -> None:
    change = Change("a: b", "", (Replace("a.c", "one\n", "1\n"), Replace("a.c", "1\ntwo\n", "12\n")))
    revert = change.reverted("abc")
    assert revert.apply(change.apply(BASE)) == BASE
    assert (revert.subject, revert.body) == ('Revert "a: b"', "This reverts commit abc.")


@pytest.mark.parametrize("file", sorted(path.name for path in DIRECTORY.glob("*.changes")))
def test_every_series_fits_the_kernel(file: str) -> None:
    base = Tree.read(KERNEL)
    for series in read_series(file):
        tree = base
        for change in series:
            before, tree = tree, change.apply(tree)
            assert tree != before, change.subject
            if change.revertible:
                assert change.reverted("abc").apply(tree) == before
