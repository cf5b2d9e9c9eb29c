"""What no honest hub sends: it is refused or kept uncounted, costs little memory, and takes nothing away."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from kbis.errors import KbisError, UserError
from kbis.log.blobs import MAX_NOTE_LINES
from kbis.log.incoming import MAX_COMMIT_BYTES, MAX_TREE_BYTES
from kbis.log.notes import write_tree
from kbis.run.sync_words import traded_line
from kbis.run.verification import verify_clone
from tests.log.test_hostile_trees import HOSTILE, bomb
from tests.log.trees import at, contents, plant, publish, raw_tree, tree_of
from tests.log.world import LOG, NOTES, a_commit, git
from tests.team.clones import Clone, clone_of, force, is_sound, make_hub, open_git, tip_at

MIB = 1024 * 1024
HUGE_BYTES = 256 * MIB
MEMORY_BYTES = 200 * MIB
ROOT = Path(__file__).resolve().parents[2]

Plant = Callable[[pygit2.Repository, pygit2.Oid], pygit2.Oid]


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return make_hub(tmp_path)


@pytest.fixture
def ann(hub: Path, tmp_path: Path) -> Clone:
    clone = clone_of(hub, tmp_path / "ann")
    clone.start()
    clone.append(1, 3)
    clone.sync()
    clone.append(9)
    return clone


def pulled_apart(clone: Clone) -> tuple[int, int]:
    """Pull in a process of its own; return how many events count, and the most bytes it or a git below it had."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.team.puller", str(clone.path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    *_, counted, memory = said.stdout.split()
    return int(counted), int(memory)


def huge_blob(hub: Path) -> pygit2.Oid:
    git(hub, "config", "core.bigFileThreshold", "1m")
    with subprocess.Popen(["head", "-c", str(HUGE_BYTES), "/dev/zero"], stdout=subprocess.PIPE) as zeros:
        made = subprocess.run(
            [
                "git",
                "-C",
                str(hub),
                "-c",
                "core.compression=1",
                "hash-object",
                "-w",
                "--stdin",
                "--no-filters",
            ],
            stdin=zeros.stdout,
            capture_output=True,
            text=True,
            check=True,
        )
    return pygit2.Oid(hex=made.stdout.strip())


def test_a_huge_blob_is_never_in_memory(ann: Clone, hub: Path) -> None:
    """On a commit that has our events, on one that has none, and as no note at all."""
    repo = open_git(hub)
    entry = (huge_blob(hub), int(FileMode.BLOB))
    publish(repo, NOTES, plant(repo, dict.fromkeys((a_commit(1).hex(), a_commit(40).hex(), "README"), entry)))
    before = len(ann.ids())
    counted, memory = pulled_apart(ann)
    assert counted == before
    assert memory < MEMORY_BYTES


def large_commit(repo: pygit2.Repository, tree: pygit2.Oid) -> pygit2.Oid:
    who = pygit2.Signature("Somebody", "else@example.org", 1_700_000_000, 0)
    return repo.create_commit(
        None, who, who, "x" * (MAX_COMMIT_BYTES + 1), tree, [repo.references[NOTES].target]
    )


def refused_and_unharmed(clone: Clone, words: str) -> None:
    before, tip = clone.ids(), clone.tip()
    with pytest.raises(KbisError, match=words):
        clone.pull()
    assert (clone.ids(), clone.tip()) == (before, tip)
    with pytest.raises(KbisError, match=words):
        clone.push()
    assert clone.append(20) <= clone.ids()


def test_a_tree_that_repeats_itself_without_end_is_refused(ann: Clone, hub: Path) -> None:
    repo = open_git(hub)
    publish(repo, NOTES, bomb(repo, tree_of(repo, NOTES)))
    refused_and_unharmed(ann, "notes of origin are not taken in: more than 1000000 entries")


def test_a_tree_too_large_to_be_read_is_refused(ann: Clone, hub: Path) -> None:
    repo = open_git(hub)
    blob = repo.create_blob(b"x\n")
    names = (b"%040x" % number for number in range(MAX_TREE_BYTES // 68 + 1))
    publish(repo, NOTES, raw_tree(repo, [(name, blob, FileMode.BLOB) for name in names]))
    refused_and_unharmed(ann, r"not taken in: \w+ is a tree of 16\d+ bytes")


def test_a_commit_too_large_to_be_read_is_refused_even_below_others(ann: Clone, hub: Path) -> None:
    repo = open_git(hub)
    made = large_commit(repo, tree_of(repo, NOTES))
    force(hub, str(made))
    publish(repo, NOTES, tree_of(repo, NOTES))
    refused_and_unharmed(ann, r"not taken in: \w+ is a commit of 10\d+ bytes")


def test_a_blob_or_a_tag_in_place_of_notes_is_refused(ann: Clone, hub: Path) -> None:
    notes = tip_at(hub)
    force(hub, git(hub, "hash-object", "-w", "--stdin", stdin=b"x").strip())
    refused_and_unharmed(
        ann, "origin has as refs/notes/kbis is a blob and not a commit|not a commit object|does not take"
    )
    git(hub, "tag", "-a", "-m", "x", "tagged", notes)
    force(hub, git(hub, "rev-parse", "tagged").strip())
    with pytest.raises(UserError, match="is a tag and not a commit"):
        ann.pull()


def test_what_was_refused_is_no_obstacle_once_the_hub_is_mended(ann: Clone, hub: Path) -> None:
    repo = open_git(hub)
    before = tip_at(hub)
    publish(repo, NOTES, bomb(repo, tree_of(repo, NOTES)))
    with pytest.raises(UserError):
        ann.sync()
    force(hub, before)
    traded = ann.sync()
    assert (traded.sent, traded.rollbacks) == (1, ())
    assert is_sound(ann.path)


@pytest.mark.parametrize("name", ["tree", "blob"])
def test_a_hub_that_lacks_a_part_is_named_and_the_log_stays(
    name: str, ann: Clone, hub: Path, tmp_path: Path
) -> None:
    other = clone_of(hub, tmp_path / "other")
    other.pull()
    other.append(30)
    other.push()
    path = {"tree": f"{NOTES}^{{tree}}", "blob": f"{NOTES}:{at(a_commit(30).hex(), 1)}"}[name]
    oid = git(hub, "rev-parse", path).strip()
    (hub / "objects" / oid[:2] / oid[2:]).unlink()
    before = ann.ids()
    with pytest.raises(KbisError, match="origin"):
        ann.pull()
    assert ann.ids() == before


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_tree_takes_nothing_away(name: str, ann: Clone, hub: Path) -> None:
    repo = open_git(hub)
    publish(repo, NOTES, HOSTILE[name](repo, tree_of(repo, NOTES)))
    before, lines = ann.ids(), contents(open_git(ann.path), tree_of(open_git(ann.path), LOG))
    with suppress(KbisError):
        ann.sync()
    assert ann.ids() == before
    after = contents(open_git(ann.path), tree_of(open_git(ann.path), LOG))
    assert all(kept <= after[note] for note, kept in lines.items())


def test_a_flood_of_lines_is_counted_and_costs_little_memory(ann: Clone, hub: Path) -> None:
    repo = open_git(hub)
    many = repo.create_blob(b"".join(b"%d\n" % n for n in range(1_000_000)))
    some = repo.create_blob(b"".join(b"k1 %d\n" % n for n in range(40_000)))
    notes = {a_commit(5).hex(): (many, FileMode.BLOB), a_commit(6).hex(): (some, FileMode.BLOB)}
    publish(repo, NOTES, plant(repo, {at(note, 1): entry for note, entry in notes.items()}))
    before = len(ann.ids())
    counted, memory = pulled_apart(ann)
    assert counted == before
    assert memory < MEMORY_BYTES


def test_a_hub_whose_ref_leads_to_files_is_refused_and_nothing_is_merged(ann: Clone, hub: Path) -> None:
    before = tip_at(hub)
    force(hub, with_files(hub, None, "Makefile", "arch", "drivers"))
    words = "notes of origin are not taken in: refs/notes/kbis does not hold notes: 3 of its 3 paths"
    refused_and_unharmed(ann, words)
    with pytest.raises(UserError):
        clone_of(hub, ann.path.parent / "fresh").pull()
    assert git(ann.path.parent / "fresh", "for-each-ref", LOG, NOTES) == ""
    force(hub, before)
    assert ann.sync().rollbacks == ()


def test_a_few_files_beside_the_notes_are_carried_and_said(ann: Clone, hub: Path) -> None:
    before = ann.ids()
    force(hub, with_files(hub, NOTES, "Makefile", "README"))
    traded = ann.pull()
    assert traded.foreign == 2
    assert "2 paths that are no note" in traded_line(traded)
    assert ann.ids() == before
    report = verify_clone(ann.session(), second_opinion=False, tell=print)
    assert report.verified.troubles.totals["warning", "foreign path"] == 2
    assert report.verified.troubles.failures == 0
    ann.push()
    assert "README" in git(hub, "ls-tree", "--name-only", NOTES)


def with_files(hub: Path, beside: str | None, *names: str) -> str:
    """Make a commit of files, and of the notes of a ref, at the hub; return its id."""
    blob = git(hub, "hash-object", "-w", "--stdin", stdin=b"text\n").strip()
    rows = git(hub, "ls-tree", beside) if beside else ""
    rows += "".join(f"100644 blob {blob}\t{name}\n" for name in names)
    tree = git(hub, "mktree", stdin=rows.encode()).strip()
    parents = ["-p", beside] if beside else []
    return git(hub, "commit-tree", tree, "-m", "files", *parents).strip()


def long_note(hub: Path, note: bytes) -> None:
    repo = open_git(hub)
    blob = repo.create_blob(b"".join(b"%d\n" % number for number in range(MAX_NOTE_LINES + 1)))
    publish(repo, NOTES, write_tree(repo, tree_of(repo, NOTES), {note.hex(): blob}))


@pytest.mark.parametrize("number", [1, 40], ids=["on a noted commit", "on another commit"])
def test_a_note_too_long_to_be_read_is_said_and_nobody_is_blamed_for_more(
    number: int, ann: Clone, hub: Path
) -> None:
    before = ann.ids()
    long_note(hub, a_commit(number))
    traded = ann.pull()
    assert (traded.unreadable, ann.ids()) == (1, before)
    assert "1 note that is too long to be read" in traded_line(traded)
    report = verify_clone(ann.session(), second_opinion=False, tell=print)
    assert not any(matter == "lines removed" for _, matter in report.verified.troubles.totals)
    [at_hub] = [each for each in report.elsewhere if "origin" in each.ref]
    assert number == 40 or at_hub.more.unreadable == 1
    ann.push()
    assert ann.pull().unreadable == 0
    assert ann.ids() == before
