"""The log and the installed git: each reads what the other wrote, and git notes takes nothing away for good."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pygit2
import pytest

from kbis.log import sshsig
from kbis.log.attachments import Content
from kbis.log.eventlog import Draft, EventLog
from kbis.log.kinds import Boot, Start
from kbis.log.line import parse_line
from tests.log.trees import FLAT, ONE, TWO, contents, notes_tree, publish, tree_of
from tests.log.world import (
    ANN,
    BOB,
    LOG,
    NOTES,
    NOW_MS,
    a_commit,
    commit,
    git,
    git_bytes,
    ids_counted,
    make_repository,
    open_log,
    started,
)

BINARY = Content("console", b"line\n\nline\n\0\xff not text")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight commits, a bisection on the first, some boots and an attachment."""
    path = tmp_path_factory.mktemp("template") / "repo"
    root = make_repository(path)
    commits = [root]
    for n in range(7):
        commits.append(bytes.fromhex(commit(path, f"change {n}", commits[-1].hex())))
    log = open_log(path)
    [start] = log.append(root, b"", [], [Draft(root, Start("git/1", 10, ()), (BINARY,))])
    log.append(root, start.id, [start], [Draft(each, Boot("crash", title="x")) for each in commits])
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "repo")
    return tmp_path / "repo"


def boot(log: EventLog, about: bytes) -> bytes:
    """Append a boot and return its id."""
    [(start, *_)] = log.counted().bisections.values()
    [event] = log.append(start.repository, start.id, [start], [Draft(about, Boot("ok"))])
    return event.id


def commits_of(path: Path) -> list[str]:
    return git(path, "rev-list", "--reverse", "main").split()


def test_git_lists_and_shows_what_kbis_wrote(path: Path) -> None:
    log = open_log(path)
    listed = {row.split()[1]: row.split()[0] for row in git(path, "notes", "--ref=kbis", "list").splitlines()}
    events = [event for each in log.counted().bisections.values() for event in each]
    for oid in commits_of(path):
        shown = git_bytes(path, "notes", "--ref=kbis", "show", oid).splitlines()
        assert {parse_line(line).event.id for line in shown} == {
            e.id for e in events if e.object.hex() == oid
        }
    [attachment] = events[0].attachments
    assert listed[attachment.oid.hex()] == attachment.oid.hex()
    assert git_bytes(path, "notes", "--ref=kbis", "show", attachment.oid.hex()) == BINARY.data
    assert listed.keys() == {*commits_of(path), attachment.oid.hex()}
    git(path, "fsck", "--strict", "--no-dangling")


def test_git_log_prints_the_events_under_their_commits(path: Path) -> None:
    shown = git(path, "log", "--notes=kbis", "--format=%H%n%N", "main")
    for oid in commits_of(path):
        below = shown.partition(oid)[2].partition("\n\n")[0].strip().splitlines()
        assert parse_line(below[0].encode()).event.object.hex() == oid


def test_ssh_keygen_accepts_an_exported_event(path: Path) -> None:
    log = open_log(path)
    [events] = log.counted().bisections.values()
    line = log.line(events[-1])
    assert line is not None
    signed = parse_line(line)
    (path / "allowed").write_text(ANN.allowed())
    (path / "event.sig").write_text(sshsig.armor(ANN.public, signed.signature))
    verify = ["ssh-keygen", "-Y", "verify", "-n", sshsig.NAMESPACE, "-I", ANN.public.comment]
    done = subprocess.run(
        [*verify, "-f", "allowed", "-s", "event.sig"],
        input=signed.event.body,
        cwd=path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b'Good "kbis-event@v1" signature' in done.stdout


@pytest.mark.parametrize("layout", [FLAT, ONE, TWO, 3])
def test_a_tree_of_any_layout_is_read_and_added_to(path: Path, layout: int) -> None:
    log = open_log(path)
    counted = ids_counted(log)
    repo = log.repository.git
    texts = {
        note: b"".join(line + b"\n" for line in sorted(lines))
        for note, lines in contents(repo, tree_of(repo, LOG)).items()
    }
    publish(repo, NOTES, notes_tree(repo, texts, layout), after=False)
    repo.references.delete(LOG)
    adopted = open_log(path)
    assert ids_counted(adopted) == counted
    new = boot(adopted, a_commit(1))
    assert ids_counted(open_log(path)) == counted | {new}


def rewrite_layout(path: Path, rng: random.Random) -> None:
    log = open_log(path)
    repo = log.repository.git
    listed = [row.split() for row in git(path, "notes", "--ref=kbis", "list").splitlines()]
    publish(repo, NOTES, notes_tree(repo, {note: repo[oid].read_raw() for oid, note in listed}, rng))


def append(path: Path, rng: random.Random) -> None:
    git(
        path,
        "notes",
        "--ref=kbis",
        "append",
        "-m",
        f"Tested-by: {rng.random()}",
        rng.choice(commits_of(path)),
    )


def replace(path: Path, rng: random.Random) -> None:
    git(path, "notes", "--ref=kbis", "add", "-f", "-m", "all of it is mine now", rng.choice(commits_of(path)))


def edit(path: Path, rng: random.Random) -> None:
    """Somebody opens a note in an editor and deletes its first line."""
    git(path, "-c", "core.editor=sed -i 1d", "notes", "--ref=kbis", "edit", rng.choice(commits_of(path)))


def merge(path: Path, rng: random.Random) -> None:
    """A merge of notes that others have thinned out is a fast-forward: git takes all removals over."""
    if git(path, "for-each-ref", NOTES):
        git(path, "update-ref", "refs/notes/thinned", NOTES)
        git(path, "notes", "--ref=thinned", "remove", "--ignore-missing", *rng.sample(commits_of(path), 2))
        git(path, "notes", "--ref=kbis", "merge", "--quiet", "thinned")


def remove(path: Path, rng: random.Random) -> None:
    git(path, "notes", "--ref=kbis", "remove", "--ignore-missing", *rng.sample(commits_of(path), 2))


def copy(path: Path, rng: random.Random) -> None:
    source, target = rng.sample(commits_of(path), 2)
    git(path, "notes", "--ref=kbis", "copy", "-f", source, target, ok=(0, 1))


def prune(path: Path, rng: random.Random) -> None:
    git(path, "notes", "--ref=kbis", "prune")


def forget(path: Path, rng: random.Random) -> None:
    git(path, "update-ref", "-d", NOTES)


def roll_back(path: Path, rng: random.Random) -> None:
    git(path, "update-ref", NOTES, f"{NOTES}~1", ok=(0, 128))


def tidy(path: Path, rng: random.Random) -> None:
    git(path, "gc", "--quiet", "--prune=now")


DEEDS: list[Callable[[Path, random.Random], None]] = [
    append,
    edit,
    replace,
    remove,
    merge,
    copy,
    prune,
    forget,
    roll_back,
    tidy,
]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_git_notes_does_takes_an_event_away(path: Path, seed: int) -> None:
    rng = random.Random(seed)
    acknowledged = ids_counted(open_log(path))
    for _ in range(12):
        if rng.random() < 0.5 and git(path, "for-each-ref", NOTES):
            rewrite_layout(path, rng)
        rng.choice(DEEDS)(path, rng)
        log = open_log(path)
        assert acknowledged <= ids_counted(log)
        acknowledged.add(boot(log, bytes.fromhex(rng.choice(commits_of(path)))))
    # What git shows is whole again.
    log = open_log(path)
    assert ids_counted(log) == acknowledged
    shown = git_bytes(path, "notes", "--ref=kbis", "show", commits_of(path)[0]).splitlines()
    here = {parse_line(line).event.id for line in shown if line.startswith(b"k1 ")}
    [events] = log.counted().bisections.values()
    assert {each.id for each in events if each.object.hex() == commits_of(path)[0]} <= here


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_of_git_is_healed_at_the_next_opening(
    path: Path, deed: Callable[[Path, random.Random], None]
) -> None:
    before = ids_counted(open_log(path))
    deed(path, random.Random(1))
    log = open_log(path)
    assert ids_counted(log) == before
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)
    assert log.content(next(iter(log.counted().bisections.values()))[0].attachments[0]) == BINARY.data


FOREIGN = [
    b"Reviewed-by: Ada <ada@example.org>",
    b"with a CR\r",
    b"nul \0 inside",
    b"\xff\xfe no UTF-8",
    b"k2 newer",
    b" ",
]


def test_other_peoples_lines_and_files_are_carried_and_reported(path: Path) -> None:
    about = commits_of(path)[3]
    before = ids_counted(open_log(path))
    ours = git_bytes(path, "notes", "--ref=kbis", "show", about)
    text = b"\n\n" + b"\n\n".join(FOREIGN) + b"\n" + ours + b"\r\n"
    blob = git(path, "hash-object", "-w", "--stdin", stdin=text).strip()
    git(path, "notes", "--ref=kbis", "add", "-f", "-C", blob, about)
    readme = git(path, "hash-object", "-w", "--stdin", stdin=b"what is this?\n").strip()
    index = {"GIT_INDEX_FILE": str(path / "index")}
    script = f"git read-tree {NOTES} && git update-index --add --cacheinfo 100644,{readme},README && git write-tree"
    tree = subprocess.run(
        ["sh", "-c", script], cwd=path, env=os.environ | index, capture_output=True, check=True
    )
    tip = git(path, "commit-tree", tree.stdout.decode().strip(), "-p", NOTES, "-m", "a README").strip()
    git(path, "update-ref", NOTES, tip)

    log = open_log(path)
    assert ids_counted(log) == before
    assert {each.reason for each in log.counted().ignored} == {"foreign line", "newer version"}
    assert len(log.counted().ignored) == len(FOREIGN) + 1  # the line that is a CR alone
    new = boot(log, bytes.fromhex(about))
    shown = git_bytes(path, "notes", "--ref=kbis", "show", about).split(b"\n")
    assert {*FOREIGN, *ours.splitlines()} <= set(shown)
    assert b"" not in shown[:-1]
    assert git(path, "show", f"{NOTES}:README") == "what is this?\n"
    assert ids_counted(open_log(path)) == before | {new}


def clone(path: Path, name: str) -> Path:
    """A clone that has the notes and a log of its own."""
    there = path.parent / name
    git(path.parent, "clone", "--quiet", f"file://{path}", str(there))
    git(there, "fetch", "--quiet", "origin", f"{NOTES}:{NOTES}")
    return there


@pytest.mark.parametrize("strategy", [["-s", "cat_sort_uniq"], []])
def test_git_notes_merge_joins_what_honest_clones_wrote(path: Path, strategy: list[str]) -> None:
    """Without a strategy too, for kbis sets notes.kbis.mergeStrategy."""
    there = clone(path, "there")
    ann, bob = open_log(path), open_log(there, BOB)
    made = {boot(ann, bytes.fromhex(oid)) for oid in commits_of(path)[:5]}
    made |= {boot(bob, bytes.fromhex(oid)) for oid in commits_of(path)[3:]}
    git(path, "fetch", "--quiet", str(there), f"{NOTES}:refs/notes/there")
    git(path, "notes", "--ref=kbis", "merge", "--quiet", *strategy, "refs/notes/there")
    merged = contents(ann.repository.git, tree_of(ann.repository.git, NOTES))
    lines = {line for lines in merged.values() for line in lines if line.startswith(b"k1 ")}
    assert {parse_line(line).event.id for line in lines} >= made
    assert ids_counted(open_log(path)) >= made
    assert open_log(path).counted().ignored == ()


def test_two_clones_that_unite_each_others_notes_end_in_the_same_commit(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their clocks say: here every look at the clock is 100 seconds after the one before."""
    clock = count(NOW_MS // 1000, 100)
    real = pygit2.Signature
    monkeypatch.setattr(
        pygit2, "Signature", lambda name, mail, *when: real(name, mail, *(when or (next(clock), 0)))
    )
    there = clone(path, "there")
    made = ids_counted(open_log(path))
    made |= {boot(open_log(path), bytes.fromhex(oid)) for oid in commits_of(path)[:4]}
    made |= {boot(open_log(there, BOB), bytes.fromhex(oid)) for oid in commits_of(path)[2:]}
    tips = [git(each, "rev-parse", NOTES).strip() for each in (path, there)]
    git(path, "fetch", "--quiet", str(there), NOTES)
    git(there, "fetch", "--quiet", str(path), NOTES)
    # A forced fetch into the notes ref is the worst that sync can do; each log then unites the two tips.
    git(path, "update-ref", NOTES, tips[1])
    git(there, "update-ref", NOTES, tips[0])
    logs = [open_log(path), open_log(there, BOB)]
    assert [ids_counted(log) for log in logs] == [made, made]
    ends = {git(each, "rev-parse", ref) for each in (path, there) for ref in (NOTES, LOG)}
    assert len(ends) == 1


def test_a_merge_strategy_that_the_user_chose_is_left_alone(tmp_path: Path) -> None:
    root = make_repository(tmp_path)
    git(tmp_path, "config", "notes.kbis.mergeStrategy", "union")
    started(open_log(tmp_path), root)
    assert git(tmp_path, "config", "notes.kbis.mergeStrategy") == "union\n"


def test_opening_what_did_not_change_writes_nothing(path: Path) -> None:
    def written() -> list[tuple[str, int]]:
        files = [file for name in ("objects", "refs", "logs") for file in (path / ".git" / name).rglob("*")]
        return sorted((str(file), file.stat().st_mtime_ns) for file in files)

    ids_counted(open_log(path))
    before = written()
    ids_counted(open_log(path))
    assert written() == before


def test_a_rebased_commit_takes_copies_along_that_do_not_count(path: Path) -> None:
    git(path, "config", "notes.rewriteRef", "refs/notes/*")
    git(path, "checkout", "--quiet", "main", "--force")
    before = ids_counted(open_log(path))
    git(path, "commit", "--quiet", "--amend", "--allow-empty", "-m", "reworded")
    log = open_log(path)
    assert ids_counted(log) == before
    assert [(each.note, each.reason) for each in log.counted().ignored] == [
        (git(path, "rev-parse", "HEAD").strip(), "misplaced")
    ]


def test_events_of_another_repository_do_not_count(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    make_repository(other, "--object-format=sha1")
    git(other, "commit", "--quiet", "--amend", "--allow-empty", "-m", "another root")
    git(other, "gc", "--quiet", "--prune=now")
    git(other, "fetch", "--quiet", str(path), f"{NOTES}:{NOTES}")
    log = open_log(other)
    assert ids_counted(log) == set()
    assert {each.reason for each in log.counted().ignored} == {"other repository"}


def test_an_untrusted_authors_events_are_reported_and_do_not_count(path: Path) -> None:
    log = open_log(path, trusted=(BOB,))
    assert ids_counted(log) == set()
    assert {each.reason for each in log.counted().ignored} == {"untrusted key"}


def test_a_signature_of_another_event_does_not_count(path: Path) -> None:
    log = open_log(path)
    [events] = log.counted().bisections.values()
    forged = ANN.line(events[-1]).rsplit(b" ", 1)[0] + b" " + ANN.line(events[1]).rsplit(b" ", 1)[1]
    about = events[-1].object.hex()
    git(path, "notes", "--ref=kbis", "append", "-m", forged.decode(), about)
    counted = open_log(path).counted()
    assert [each.reason for each in counted.ignored] == ["bad signature"]
    assert len(counted.bisections[events[0].id]) == len(events)


def test_a_start_needs_no_commit_that_is_here(path: Path) -> None:
    log = open_log(path)
    [start] = log.append(bytes(20), b"", [], [Draft(a_commit(404), Start("git/1", 1, ()))])
    assert start.id in ids_counted(open_log(path))
    started(log, bytes.fromhex(commits_of(path)[0]))
