"""The union of notes trees is one of sets: blind to sides, order, repetition and layout."""

import random
from collections.abc import Mapping
from pathlib import Path

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygit2.enums import FileMode

from kbis.log import blobs, union
from kbis.log.notes import NoteTree, is_own_layout, read_tree
from kbis.log.union import union_trees
from tests.log.trees import ONE, TWO, at, contents, notes_tree, plant
from tests.log.world import a_commit

OBJECTS = [a_commit(n).hex() for n in range(6)]
# Two that share their first directory, two that share two of them.
OBJECTS += [OBJECTS[0][:2] + OBJECTS[1][2:], OBJECTS[0][:4] + OBJECTS[2][4:]]
LINES = [b"k1 a", b"k1 b", b"foreign", b"cr\r", b"nul\0ul", b"\xff\xfe", b"k2 newer", b" "]

texts = st.lists(st.sampled_from(LINES), min_size=1, max_size=4).map(lambda lines: b"\n".join(lines) + b"\n")
notes = st.dictionaries(st.sampled_from(OBJECTS), texts, max_size=5)
strangers = st.dictionaries(
    st.sampled_from(
        ["README", "docs/a", "ab", f"{OBJECTS[0][:2]}/README", f"{OBJECTS[0][:2]}", "zz", "x" * 38]
    ),
    st.sampled_from([b"1", b"2"]),
    max_size=2,
)
sides = st.tuples(notes, strangers, st.integers(0, 2**32))
Side = tuple[Mapping[str, bytes], Mapping[str, bytes], int]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> pygit2.Repository:
    return pygit2.init_repository(str(tmp_path_factory.mktemp("union")), bare=True)


def planted(repo: pygit2.Repository, side: Side) -> pygit2.Oid:
    """A tree of notes in a mix of layouts, with strangers where they do not stand in a directory's place."""
    held, strange, seed = side
    layout = random.Random(seed)
    entries = {
        at(note, layout.choice((0, 1, 1, 2, 3))): (repo.create_blob(text), FileMode.BLOB)
        for note, text in held.items()
    }
    for path, text in strange.items():
        if not any(other.startswith(f"{path}/") or path.startswith(f"{other}/") for other in entries):
            entries[path] = (repo.create_blob(text), FileMode.BLOB)
    return plant(repo, entries)


def unite(repo: pygit2.Repository, *trees: pygit2.Oid) -> pygit2.Oid:
    made = None
    for tree in trees:
        made = union_trees(repo, made, tree, set())
    assert made is not None
    return made


def lines_of(*sides: Side) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    for held, _, _ in sides:
        for note, text in held.items():
            found.setdefault(note, set()).update(filter(None, text.split(b"\n")))
    return found


@given(sides, sides)
def test_the_union_holds_what_either_side_holds(repo: pygit2.Repository, one: Side, two: Side) -> None:
    assert contents(repo, unite(repo, planted(repo, one), planted(repo, two))) == lines_of(one, two)


@given(sides, sides, sides)
def test_the_order_and_grouping_of_unions_does_not_matter(
    repo: pygit2.Repository, one: Side, two: Side, three: Side
) -> None:
    a, b, c = (planted(repo, side) for side in (one, two, three))
    expected = unite(repo, a, b, c)
    assert unite(repo, c, b, a) == expected
    assert unite(repo, b, unite(repo, c, a)) == expected
    assert unite(repo, expected, b, a) == expected


@given(sides, st.integers(0, 2**32))
def test_the_layout_does_not_matter(repo: pygit2.Repository, side: Side, seed: int) -> None:
    held, _, first = side
    plain, mixed = planted(repo, (held, {}, first)), planted(repo, (held, {}, seed))
    assert unite(repo, plain) == unite(repo, mixed) == unite(repo, plain, mixed)


@given(sides, sides)
def test_what_is_written_is_of_our_layout_and_ready_to_be_united_again(
    repo: pygit2.Repository, one: Side, two: Side
) -> None:
    made = unite(repo, planted(repo, one), planted(repo, two))
    assert is_own_layout(repo, made, set())
    assert unite(repo, made) == unite(repo, made, made) == made


@given(sides, sides, sides)
@settings(max_examples=40)
def test_what_was_seen_before_does_not_change_the_result(
    repo: pygit2.Repository, one: Side, two: Side, three: Side
) -> None:
    a, b, c = (planted(repo, side) for side in (one, two, three))
    known: set[tuple[str, pygit2.Oid]] = set()
    first = union_trees(repo, union_trees(repo, a, b, known), c, known)
    assert first == unite(repo, a, b, c)
    assert union_trees(repo, first, b, known) == first


@given(sides, sides)
def test_strangers_of_both_sides_are_carried(repo: pygit2.Repository, one: Side, two: Side) -> None:
    trees = [read_tree(repo, planted(repo, side)) for side in (one, two)]
    made = read_tree(repo, unite(repo, *(planted(repo, side) for side in (one, two))))
    for path in trees[0].strangers.keys() | trees[1].strangers.keys():
        both = [tree.strangers[path] for tree in trees if path in tree.strangers]
        if not gives_way(path, made):
            assert made.strangers[path] == min(both, key=lambda entry: str(entry[0]))


def gives_way(path: str, made: NoteTree) -> bool:
    return any(note.startswith(path) for note in made.notes) or any(
        other.startswith(f"{path}/") for other in made.strangers
    )


def test_an_attachment_wins_over_whatever_else_lies_at_its_place(repo: pygit2.Repository) -> None:
    content = repo.create_blob(b"b\n\na\nnot sorted\n")
    name = str(content)
    true = plant(repo, {at(name, ONE): (content, FileMode.BLOB)})
    false = notes_tree(repo, {name: b"a lie\n"}, TWO)
    assert unite(repo, true, false) == unite(repo, false, true) == true


def test_a_note_that_only_one_side_has_is_taken_as_it_is(repo: pygit2.Repository) -> None:
    text = b"z\n\n\na\r\nno newline at the end"
    tree = notes_tree(repo, {OBJECTS[0]: text}, ONE)
    other = notes_tree(repo, {OBJECTS[1]: b"b\n"}, ONE)
    oid = repo.create_blob(text)
    assert read_tree(repo, unite(repo, tree, other)).notes[OBJECTS[0]] == [oid]


def test_the_mode_of_a_note_does_not_matter(repo: pygit2.Repository) -> None:
    text = repo.create_blob(b"a\n")
    plain, program = (
        plant(repo, {at(OBJECTS[0], ONE): (text, mode)}) for mode in (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)
    )
    assert unite(repo, program) == unite(repo, program, plain) == unite(repo, plain, program) == plain


def test_a_missing_note_stops_the_union(repo: pygit2.Repository) -> None:
    whole = notes_tree(repo, {OBJECTS[0]: b"a\n"}, ONE)
    torn = plant(repo, {at(OBJECTS[0], ONE): (pygit2.Oid(raw=b"\7" * 20), FileMode.BLOB)})
    for sides in ((whole, torn), (torn, whole)):
        with pytest.raises(blobs.MissingObjectError):
            unite(repo, *sides)


def test_a_note_over_the_limit_gives_way_to_one_that_can_be_read(
    repo: pygit2.Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "MAX_NOTE_BYTES", 50)
    small = notes_tree(repo, {OBJECTS[0]: b"a\n"}, ONE)
    long, longer = (notes_tree(repo, {OBJECTS[0]: b"x" * size}, ONE) for size in (51, 60))
    assert unite(repo, small, long) == unite(repo, long, small) == unite(repo, long, small, longer) == small
    assert unite(repo, long, longer) == unite(repo, longer, long)


def test_lines_of_others_cannot_push_ours_out(
    repo: pygit2.Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(union, "MAX_UNION_BYTES", 50)
    ours = notes_tree(repo, {OBJECTS[0]: b"ours\n"}, ONE)
    flood = notes_tree(repo, {OBJECTS[0]: b"a" * 48 + b"\n"}, ONE)
    assert contents(repo, unite(repo, ours, flood))[OBJECTS[0]] == {b"ours"}


def test_a_real_repository_and_its_copy_become_the_same(repo: pygit2.Repository, tmp_path: Path) -> None:
    other = pygit2.init_repository(str(tmp_path / "copy"), bare=True)
    rng = random.Random(5)
    held = [{note: b"%s\n" % rng.choice(LINES) for note in rng.sample(OBJECTS, 4)} for _ in range(2)]
    here, there = ([notes_tree(each, side, rng) for side in held] for each in (repo, other))
    assert unite(repo, *here) == unite(other, *reversed(there))
