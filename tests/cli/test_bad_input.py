"""What goes wrong for users, and what they are told: a sentence, the next step, the family's exit code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.kbis import Ran, git, kbis, ok

USER, INFRA, INTEGRITY = 2, 3, 4
RECIPE = '[build]\ncommand = "true"\nimage = "kernel"\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits on main, a branch beside them, a recipe."""
    where = tmp_path / "tree"
    where.mkdir()
    git(where, "init", "-q")
    (where / "kbis.toml").write_text(RECIPE)
    git(where, "add", "kbis.toml")
    for number in range(3):
        git(where, "commit", "-q", "--allow-empty", "-m", f"c{number}")
        git(where, "tag", f"c{number}")
    git(where, "checkout", "-q", "-b", "side", "c0")
    git(where, "commit", "-q", "--allow-empty", "-m", "side")
    git(where, "checkout", "-q", "main")
    return where


@pytest.fixture
def keyed(repository: Path) -> Path:
    ok(repository, "key")
    return repository


def refused(ran: Ran, code: int, *words: str) -> None:
    assert ran.code == code, ran.err
    assert ran.out == ""
    assert ran.err.startswith("kbis: ")
    for word in words:
        assert word in ran.err


def test_outside_a_repository(tmp_path: Path) -> None:
    refused(kbis(tmp_path, "status"), USER, "is not in a git repository", "-C DIRECTORY")


def test_before_any_bisection(keyed: Path) -> None:
    refused(kbis(keyed, "status"), USER, "no bisection in this repository", "kbis start BAD GOOD")


def test_without_a_key(repository: Path) -> None:
    refused(kbis(repository, "start", "c2", "c0"), USER, "no Ed25519 key", "kbis key")


def test_with_a_key_of_the_wrong_type(repository: Path) -> None:
    key = repository / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(key)], check=True)
    git(repository, "config", "user.signingKey", str(key))
    refused(kbis(repository, "start", "c2", "c0"), USER, "ssh-rsa", "kbis key")
    assert "ssh-rsa" in kbis(repository, "key").err
    ok(repository, "start", "c2", "c0")


def test_an_unknown_revision(keyed: Path) -> None:
    refused(kbis(keyed, "start", "nobody", "c0"), USER, "no commit called nobody")


def test_a_good_end_beside_the_bad_one(keyed: Path) -> None:
    refused(kbis(keyed, "start", "c2", "side"), USER, "side is not an ancestor", "git merge-base side c2")


def test_ends_that_were_swapped(keyed: Path) -> None:
    refused(kbis(keyed, "start", "c0", "c2"), USER, "not an ancestor", "swapped")


def test_no_good_end(keyed: Path) -> None:
    refused(kbis(keyed, "start", "c2"), USER, "needs a good end")


def test_an_unknown_policy(keyed: Path) -> None:
    refused(kbis(keyed, "start", "c2", "c0", "--policy", "luck/1"), USER, "luck/1", "git/1", "--policy")


def test_no_recipe(keyed: Path) -> None:
    git(keyed, "rm", "-q", "--cached", "kbis.toml")
    git(keyed, "commit", "-q", "-m", "without")
    (keyed / "kbis.toml").unlink()
    refused(kbis(keyed, "start", "HEAD", "c0"), USER, "no recipe at", "docs/recipe.md", "--recipe FILE")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[build", ["is not TOML"]),
        ('[build]\ncomand = "true"\nimage = "k"\n', ["comand", "command"]),
        ('[build]\nimage = "k"\n', ["command"]),
        (RECIPE + '[boot]\nmemory = "much"\n', ["memory"]),
        (RECIPE + '[test]\nreproducer = "absent.txt"\n', ["absent.txt", "--reproducer FILE"]),
    ],
)
def test_a_recipe_that_is_wrong(keyed: Path, text: str, words: list[str]) -> None:
    (keyed / "kbis.toml").write_text(text)
    refused(kbis(keyed, "start", "c2", "c0"), USER, *words)


def test_a_shallow_clone(keyed: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{keyed}", "shallow")
    refused(kbis(tmp_path / "shallow", "start", "HEAD", "c0"), USER, "shallow clone", "git fetch --unshallow")


def test_a_sha256_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "new")
    refused(kbis(tmp_path / "new", "status"), USER, "SHA-256")


def test_a_reftable_repository(keyed: Path) -> None:
    git(keyed, "config", "core.repositoryFormatVersion", "1")
    git(keyed, "config", "extensions.refStorage", "reftable")
    # An older git does not open it either, so the configuration is read around it.
    ran = kbis(keyed, "status")
    assert ran.code == USER, ran.err
    assert "reftable" in ran.err.lower() or "refstorage" in ran.err.lower()


def test_a_word_without_a_reason(keyed: Path) -> None:
    ok(keyed, "start", "c2", "c0")
    refused(kbis(keyed, "good", "c1"), USER, "needs a reason", "--why")


def test_an_event_that_is_not_there(keyed: Path) -> None:
    ok(keyed, "start", "c2", "c0")
    refused(kbis(keyed, "retract", "abcdef12", "--why", "x"), USER, "No event", "kbis log")
    refused(kbis(keyed, "show", "abcdef12"), USER, "No event", "kbis log")


def test_the_start_cannot_be_retracted(keyed: Path) -> None:
    started = ok(keyed, "start", "c2", "c0").split()[1]
    refused(kbis(keyed, "retract", started, "--why", "x"), USER, "cannot be retracted", "kbis start")


def test_two_bisections_and_none_chosen(keyed: Path) -> None:
    first = ok(keyed, "start", "c2", "c0").split()[1]
    ok(keyed, "start", "c2", "c1")
    (keyed / ".git" / "kbis" / "current").unlink()
    refused(kbis(keyed, "status"), USER, "2 bisections", "kbis list")
    ok(keyed, "switch", first)
    assert first in ok(keyed, "status")


def test_a_foreign_note_is_kept_and_reported(keyed: Path) -> None:
    git(keyed, "notes", "--ref=kbis", "add", "-m", "call mother", "c2")
    ok(keyed, "start", "c2", "c0")
    ran = kbis(keyed, "status")
    assert ran.code == 0
    assert "1 line of the log not counted: foreign line (1)" in ran.err
    assert "call mother" in git(keyed, "notes", "--ref=kbis", "show", "c2")


def test_events_of_a_stranger_do_not_count(keyed: Path) -> None:
    ok(keyed, "start", "c2", "c0")
    (keyed / ".git" / "kbis" / "allowed_signers").write_text("")
    ran = kbis(keyed, "list")
    assert (ran.code, ran.out) == (0, "")
    assert "untrusted key (1)" in ran.err
    refused(kbis(keyed, "status"), USER, "No bisection here counts", "untrusted key (1)", "kbis trust")


def test_a_revoked_key_cannot_append(keyed: Path) -> None:
    ok(keyed, "start", "c2", "c0")
    line = kbis(keyed, "key").out.splitlines()[-1]
    (keyed / "revoked").write_text(line + "\n")
    git(keyed, "config", "gpg.ssh.revocationFile", str(keyed / "revoked"))
    refused(kbis(keyed, "good", "c1", "--why", "x"), USER, "revoked")


def test_a_dirty_working_tree_is_not_touched(keyed: Path) -> None:
    (keyed / "kbis.toml").write_text(RECIPE.replace("true", "cp /bin/true kernel") + "[boot]\ntimeout = 1\n")
    (keyed / "precious").write_text("mine")
    ok(keyed, "start", "c2", "c0", "--boots", "1")
    before = git(keyed, "status", "--porcelain")
    kbis(keyed, "step")
    assert git(keyed, "status", "--porcelain") == before
    assert git(keyed, "symbolic-ref", "HEAD").strip() == "refs/heads/main"


def test_a_locked_worktree_is_named_with_the_way_to_unlock_it(keyed: Path) -> None:
    (keyed / "kbis.toml").write_text(RECIPE.replace("true", "false"))
    ok(keyed, "start", "c2", "c0")
    kbis(keyed, "step")
    [source] = (keyed / ".git" / "kbis" / "work").glob("*/source")
    git(keyed, "worktree", "lock", str(source))
    shutil.rmtree(source)
    ok(keyed, "start", "c1", "c0")
    refused_run = kbis(keyed, "step")
    assert refused_run.code in (USER, INFRA), refused_run.err
    assert "git worktree unlock" in refused_run.err


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    where = tmp_path / "small"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=10000", "tmpfs", str(where)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        git(where, "init", "-q")
        (where / "kbis.toml").write_text(RECIPE)
        for number in range(3):
            git(where, "commit", "-q", "--allow-empty", "-m", f"c{number}")
        ok(where, "key")
        ok(where, "start", "HEAD", "HEAD~2")
        before = ok(where, "log")
        with (where / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass
        refused(kbis(where, "good", "HEAD~1", "--why", "x"), INFRA, "space")
        assert ok(where, "log") == before
        (where / "filler").unlink()
        ok(where, "good", "HEAD~1", "--why", "x")
        assert len(ok(where, "log").splitlines()) == len(before.splitlines()) + 1
    finally:
        subprocess.run(["umount", str(where)], check=True)


def test_a_policy_with_its_own_number_of_boots_takes_no_other(keyed: Path) -> None:
    ran = kbis(keyed, "start", "c2", "c0", "--policy", "syzkaller-2019/1", "--boots", "2")
    refused(ran, USER, "always takes 10 boots", "--boots")


@pytest.mark.parametrize("title", ["", "  ", "\x1b[2J"])
def test_a_target_that_is_no_title(keyed: Path, title: str) -> None:
    refused(kbis(keyed, "start", "c2", "c0", "--target", title), USER, "not the title of a crash")


def test_a_log_is_not_imported_twice(keyed: Path, shared: Path) -> None:
    log = str(shared / "seed" / "syzbot-bisection-log.txt")
    ok(keyed, "import", log)
    refused(kbis(keyed, "import", log), USER, "was imported before")


def test_a_log_that_was_cut_short_is_said_to_be(keyed: Path, shared: Path) -> None:
    whole = (shared / "seed" / "syzbot-bisection-log.txt").read_text()
    (keyed / "part").write_text(whole[:3000])
    ran = kbis(keyed, "import", "part")
    assert ran.code == 0
    assert "cut short" in ran.err


def test_the_repository_that_git_was_told_of_is_the_one(keyed: Path, tmp_path: Path) -> None:
    ok(keyed, "start", "c2", "c0")
    done = subprocess.run(
        [sys.executable, "-m", "kbis", "list"],
        cwd=tmp_path,
        env=os.environ | {"GIT_DIR": str(keyed / ".git")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "going on" in done.stdout, done.stderr


class TestOutput:
    """Where the output goes wrong, the exit code does not claim an answer."""

    def run(self, repository: Path, redirect: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = f'"{sys.executable}" -m kbis log {redirect}'
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command}"],
            cwd=repository,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @pytest.fixture
    def started(self, keyed: Path) -> Path:
        git(keyed, "commit", "-q", "--allow-empty", "-m", "café")
        ok(keyed, "start", "HEAD", "c0", "--title", "café")
        return keyed

    def test_a_reader_that_went_away_is_no_answer(self, started: Path) -> None:
        done = self.run(started, "| true")
        assert (done.returncode, done.stderr) in ((141, ""), (0, ""))

    def test_a_full_disk_is_the_labs_family(self, started: Path) -> None:
        done = self.run(started, "> /dev/full")
        assert done.returncode == INFRA
        assert done.stderr.startswith("kbis: The output cannot be written: No space left on device.")

    def test_a_closed_output_swallows(self, started: Path) -> None:
        assert self.run(started, ">&-").returncode == 0

    def test_a_character_that_the_terminal_cannot_show_is_escaped(self, started: Path) -> None:
        done = self.run(started, "", PYTHONIOENCODING="ascii")
        assert done.returncode == 0, done.stderr
        status = subprocess.run(
            [sys.executable, "-m", "kbis", "status"],
            cwd=started,
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert r"caf\xe9" in status.stdout, status.stderr
