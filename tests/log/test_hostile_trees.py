"""Trees that no honest program writes: the log stays whole, goes on, and what it publishes is sound."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from kbis.errors import IntegrityError, KbisError, UserError
from kbis.log.blobs import MAX_NOTE_BYTES
from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot
from kbis.log.notes import read_tree, weight
from tests.log.trees import ONE, at, contents, notes_tree, plant, publish, raw_tree, tree_of
from tests.log.world import (
    LOG,
    NOTES,
    a_commit,
    git,
    ids_counted,
    make_repository,
    open_log,
    started,
)

NOTE = a_commit(1).hex()
ABSENT = pygit2.Oid(raw=b"\7" * 20)

Hostile = Callable[[pygit2.Repository, pygit2.Oid], pygit2.Oid]


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    root = make_repository(tmp_path / "repo")
    log = open_log(tmp_path / "repo")
    start = started(log, root)
    log.append(root, start.id, [start], [Draft(bytes.fromhex(NOTE), Boot("ok"))])
    return log


def with_entry(path: str, kind: str, mode: int) -> Hostile:
    """Our notes, and among them an entry of some name and mode that leads to a blob, a tree or nothing."""

    def made(repo: pygit2.Repository, ours: pygit2.Oid) -> pygit2.Oid:
        target = {
            "blob": repo.create_blob(b"hostile\n"),
            "tree": repo.TreeBuilder().write(),
            "nothing": ABSENT,
        }[kind]
        entries = {
            at(note, ONE): (oids[0], int(FileMode.BLOB)) for note, oids in read_tree(repo, ours).notes.items()
        }
        return plant(
            repo,
            {key: each for key, each in entries.items() if not key.startswith(f"{path}/")}
            | {path: (target, mode)},
        )

    return made


def doubled(repo: pygit2.Repository, ours: pygit2.Oid) -> pygit2.Oid:
    """The same directory of notes at every two digits."""
    directory = next(entry for entry in repo[ours].peel(pygit2.Tree))
    return raw_tree(repo, [(b"%02x" % n, directory.id, FileMode.TREE) for n in range(256)])


def bomb(repo: pygit2.Repository, _ours: pygit2.Oid) -> pygit2.Oid:
    """Five levels of 256 times the same directory: a million million notes for a reader that walks."""
    tree = plant(repo, {at(NOTE, 0)[10:]: (repo.create_blob(b"hostile\n"), FileMode.BLOB)})
    for _ in range(5):
        tree = raw_tree(repo, [(b"%02x" % n, tree, FileMode.TREE) for n in range(256)])
    return tree


def deep(repo: pygit2.Repository, ours: pygit2.Oid) -> pygit2.Oid:
    """Our notes, and directories of two digits, 300 of them inside one another."""
    tree = plant(repo, {"ab": (repo.create_blob(b"hostile\n"), FileMode.BLOB)})
    for _ in range(300):
        tree = raw_tree(repo, [(b"ab", tree, FileMode.TREE)])
    rows = [
        ((entry.name or "").encode(), entry.id, int(entry.filemode)) for entry in repo[ours].peel(pygit2.Tree)
    ]
    assert all(name != b"ab" for name, _, _ in rows)
    return raw_tree(repo, [*rows, (b"ab", tree, FileMode.TREE)])


def twice_the_same_name(repo: pygit2.Repository, ours: pygit2.Oid) -> pygit2.Oid:
    rows = [
        ((entry.name or "").encode(), entry.id, int(entry.filemode)) for entry in repo[ours].peel(pygit2.Tree)
    ]
    blob = repo.create_blob(b"hostile\n")
    return raw_tree(repo, [*rows, *((name, blob, FileMode.BLOB) for name, _, _ in rows)])


HOSTILE: dict[str, Hostile] = {
    "note that is a directory": with_entry(f"{NOTE}/x", "blob", FileMode.BLOB),
    "note that is a directory, in its place": with_entry(f"{at(NOTE, ONE)}/x", "blob", FileMode.BLOB),
    "note that is a symbolic link": with_entry(NOTE, "blob", FileMode.LINK),
    "note that is a symbolic link, in its place": with_entry(at(NOTE, ONE), "blob", FileMode.LINK),
    "note that is a submodule": with_entry(NOTE, "nothing", FileMode.COMMIT),
    "note that is a submodule, in its place": with_entry(at(NOTE, ONE), "nothing", FileMode.COMMIT),
    "note that is a program": with_entry(NOTE, "blob", FileMode.BLOB_EXECUTABLE),
    "note of a mode that git never writes": with_entry(NOTE, "blob", 0o100664),
    "note that is a tree in truth": with_entry(NOTE, "tree", FileMode.BLOB),
    "note that is a tree in truth, in its place": with_entry(at(NOTE, ONE), "tree", FileMode.BLOB),
    "file where a directory of notes has its place": with_entry(NOTE[:2], "blob", FileMode.BLOB),
    "file that is a tree in truth": with_entry("README", "tree", FileMode.BLOB),
    "entry called .git": with_entry(".git", "blob", FileMode.BLOB),
    "entry called .GIT": with_entry(".GIT", "blob", FileMode.BLOB),
    "entry called ..": with_entry("..", "blob", FileMode.BLOB),
    "entry that is not UTF-8": with_entry("\udcff\udcfe", "blob", FileMode.BLOB),
    "entry called .git among notes": with_entry(f"{NOTE[:2]}/.git", "blob", FileMode.BLOB),
    "stranger that is a submodule": with_entry("sub", "nothing", FileMode.COMMIT),
    "stranger that is nowhere": with_entry("gone", "nothing", FileMode.LINK),
    "directory without anything": with_entry("00", "tree", FileMode.TREE),
    "repeated directory": doubled,
    "deep": deep,
    "two entries of one name": twice_the_same_name,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_tree_takes_nothing_away(log: EventLog, name: str) -> None:
    repo = log.repository.git
    counted = ids_counted(log)
    before = contents(repo, tree_of(repo, LOG))
    publish(repo, NOTES, HOSTILE[name](repo, tree_of(repo, LOG)))
    again = open_log(log.repository.directory)
    assert ids_counted(again) == counted
    [(start, *_)] = again.counted().bisections.values()
    [event] = again.append(start.repository, start.id, [start], [Draft(bytes.fromhex(NOTE), Boot("ok"))])
    assert ids_counted(open_log(log.repository.directory)) == counted | {event.id}
    after = contents(repo, tree_of(repo, LOG))
    assert all(lines <= after[note] for note, lines in before.items())
    assert repo.references[NOTES].target == repo.references[LOG].target


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_published_after_a_hostile_tree_is_sound(log: EventLog, name: str) -> None:
    repo = log.repository.git
    publish(repo, NOTES, HOSTILE[name](repo, tree_of(repo, LOG)))
    ids_counted(open_log(log.repository.directory))
    path = log.repository.directory
    listed = git(path, "ls-tree", "-r", LOG).splitlines()
    assert not [row for row in listed if ".git" in row.lower() or ".." in row]
    # Only the tree is checked: the hostile one stays in the history, as all that was ever published does.
    git(path, "branch", "clean", git(path, "commit-tree", f"{LOG}^{{tree}}", "-m", "alone").strip())
    git(
        path,
        "clone",
        "--quiet",
        "--bare",
        "-c",
        "fetch.fsckObjects=true",
        "--branch=clean",
        f"file://{path}",
        "../clean",
    )
    assert git(path, "notes", "--ref=kbis", "list").count("\n") == len(contents(repo, tree_of(repo, LOG)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_clone_without_a_log_adopts_what_is_good_in_a_hostile_tree(log: EventLog, name: str) -> None:
    repo = log.repository.git
    good = with_entry("unused", "blob", FileMode.BLOB)(repo, tree_of(repo, LOG))
    publish(repo, NOTES, HOSTILE[name](repo, good), after=False)
    repo.references.delete(LOG)
    adopted = open_log(log.repository.directory)
    assert ids_counted(adopted) <= ids_counted(log)
    started(adopted, log.repository.root(repo.head.peel(pygit2.Commit).id.raw))


def test_a_tree_that_repeats_itself_without_end_is_weighed_and_refused(log: EventLog) -> None:
    repo = log.repository.git
    counted = ids_counted(log)
    tree = bomb(repo, ABSENT)
    assert weight(repo, tree) > 256**5
    publish(repo, NOTES, tree)
    with pytest.raises(UserError, match="not taken in: more than 1000000 entries") as caught:
        open_log(log.repository.directory).counted()
    assert "git update-ref -d" in caught.value.hint
    git(log.repository.directory, "update-ref", "-d", NOTES)
    assert ids_counted(open_log(log.repository.directory)) == counted


@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_the_weight_of_a_tree_is_what_a_walk_meets(log: EventLog, levels: int) -> None:
    repo = log.repository.git
    assert weight(repo, notes_tree(repo, {NOTE: b"a\n", "ab" * 20: b"b\n"}, levels)) == 2 * (levels + 1)


def test_a_huge_note_is_reported_and_never_loaded(log: EventLog) -> None:
    repo = log.repository.git
    huge = repo.create_blob(bytes(MAX_NOTE_BYTES + 1))
    other = a_commit(5).hex()
    publish(repo, NOTES, plant(repo, {at(note, ONE): (huge, FileMode.BLOB) for note in (NOTE, other)}))
    counted = ids_counted(log)
    tracemalloc.start()
    again = open_log(log.repository.directory)
    assert ids_counted(again) == counted
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MAX_NOTE_BYTES // 4
    assert [(each.note, each.reason) for each in again.counted().ignored] == [(other, "malformed")]
    [(start, *_)] = again.counted().bisections.values()
    [event] = again.append(start.repository, start.id, [start], [Draft(bytes.fromhex(other), Boot("ok"))])
    assert event.id in ids_counted(again)


def test_a_note_of_very_many_lines_costs_no_memory(log: EventLog) -> None:
    repo = log.repository.git
    many = repo.create_blob(b"".join(b"%d\n" % n for n in range(1_500_000)))
    publish(repo, NOTES, plant(repo, {at(a_commit(5).hex(), ONE): (many, FileMode.BLOB)}))
    tracemalloc.start()
    [ignored] = log.counted().ignored
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "over the limits" in ignored.detail
    assert peak < 3 * MAX_NOTE_BYTES


def test_of_many_foreign_lines_a_hundred_are_named_and_the_rest_counted(log: EventLog) -> None:
    repo = log.repository.git
    lines = repo.create_blob(b"".join(b"Reviewed-by: %d\n" % n for n in range(1_000)))
    publish(repo, NOTES, plant(repo, {at(a_commit(5).hex(), ONE): (lines, FileMode.BLOB)}))
    ignored = log.counted().ignored
    assert len(ignored) == 101
    assert "900 more lines are no events" in {each.detail for each in ignored}


def test_a_note_that_others_filled_still_takes_our_events(log: EventLog) -> None:
    repo = log.repository.git
    filled = repo.create_blob(b"".join(b"%07d %s\n" % (n, b"x" * 1000) for n in range(16_000)))
    publish(repo, NOTES, plant(repo, {at(NOTE, ONE): (filled, FileMode.BLOB)}))
    counted = ids_counted(log)
    [(start, *_)] = log.counted().bisections.values()
    [event] = log.append(start.repository, start.id, [start], [Draft(bytes.fromhex(NOTE), Boot("ok"))])
    assert ids_counted(log) == counted | {event.id}


@pytest.mark.parametrize("ref", [NOTES, LOG])
def test_a_ref_that_leads_to_a_blob_is_named(log: EventLog, ref: str) -> None:
    git(log.repository.directory, "update-ref", ref, str(log.repository.git.create_blob(b"x")))
    with pytest.raises(UserError, match=f"{ref} does not point at a commit") as caught:
        open_log(log.repository.directory).counted()
    assert f"update-ref -d {ref}" in caught.value.hint


def test_a_ref_that_leads_to_a_tag_of_a_commit_is_named(log: EventLog) -> None:
    path = log.repository.directory
    git(path, "tag", "-a", "-m", "x", "tagged", LOG)
    git(path, "update-ref", NOTES, git(path, "rev-parse", "tagged").strip())
    with pytest.raises(UserError, match="does not point at a commit"):
        open_log(path).counted()


@pytest.mark.parametrize("ref", [NOTES, LOG])
def test_a_ref_that_leads_nowhere_is_damage(log: EventLog, ref: str) -> None:
    (log.repository.directory / ref).write_text(f"{ABSENT}\n")
    with pytest.raises(IntegrityError, match=f"the commit that {ref} leads to is not here"):
        open_log(log.repository.directory).counted()


def test_a_log_ref_full_of_zeros_is_an_error_with_a_sentence(log: EventLog) -> None:
    (log.repository.directory / LOG).write_bytes(bytes(41))
    with pytest.raises(KbisError, match=LOG):
        open_log(log.repository.directory).counted()


@pytest.mark.parametrize("content", [b"", bytes(41)])
def test_a_published_ref_that_a_power_cut_left_without_content_is_written_again(
    log: EventLog, content: bytes
) -> None:
    counted = ids_counted(log)
    (log.repository.directory / NOTES).write_bytes(content)
    assert ids_counted(open_log(log.repository.directory)) == counted
    assert log.repository.git.references[NOTES].target == log.repository.git.references[LOG].target


def test_following_the_hint_after_a_damaged_notes_ref_brings_everything_back(log: EventLog) -> None:
    counted = ids_counted(log)
    (log.repository.directory / NOTES).write_text(f"{ABSENT}\n")
    git(log.repository.directory, "update-ref", "-d", NOTES)
    assert ids_counted(open_log(log.repository.directory)) == counted
    assert log.repository.git.references[NOTES].target == log.repository.git.references[LOG].target


def test_a_tree_that_cannot_be_parsed_is_an_error_and_the_log_stays(log: EventLog) -> None:
    repo = log.repository.git
    counted = ids_counted(log)
    broken = pygit2.Oid(hex=str(repo.write(pygit2.enums.ObjectType.TREE, b"100644 \0" + bytes(20))))
    made = git(
        log.repository.directory,
        "hash-object",
        "-t",
        "commit",
        "-w",
        "--stdin",
        "--literally",
        stdin=(
            b"tree %s\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\nx\n"
            % str(broken).encode()
        ),
    ).strip()
    git(log.repository.directory, "update-ref", NOTES, made)
    with pytest.raises(IntegrityError, match="cannot be read"):
        open_log(log.repository.directory).counted()
    git(log.repository.directory, "update-ref", "-d", NOTES)
    assert ids_counted(open_log(log.repository.directory)) == counted


def test_a_commit_that_cannot_be_parsed_is_named(log: EventLog) -> None:
    make_commit_of(log.repository.git, "99999999999999999999")
    with pytest.raises(UserError, match=f"{NOTES} does not point at a commit"):
        open_log(log.repository.directory).counted()


@pytest.mark.parametrize("date", ["9223372036854775807", "-1", "0"])
def test_a_commit_of_an_impossible_date_is_no_obstacle(log: EventLog, date: str) -> None:
    counted = ids_counted(log)
    make_commit_of(log.repository.git, date)
    assert ids_counted(open_log(log.repository.directory)) == counted
    repo = log.repository.git
    assert repo.references[NOTES].target == repo.references[LOG].target


def make_commit_of(repo: pygit2.Repository, date: str) -> None:
    text = f"tree {repo.TreeBuilder().write()}\nauthor A <a@b> {date} +0000\ncommitter A <a@b> {date} +0000\n\nx\n"
    made = pygit2.Oid(hex=str(repo.write(pygit2.enums.ObjectType.COMMIT, text.encode())))
    repo.references.create(NOTES, made, force=True)
