"""`kbis push`, `pull`, `sync` and `init` as a user meets them: words, JSON, exit codes."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.kbis import git, kbis, ok

RECIPE = '[build]\ncommand = "true"\nimage = "kernel"\n'
USER, INFRA = 2, 3


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return tmp_path / "hub.git"


@pytest.fixture
def ann(tmp_path: Path, hub: Path) -> Path:
    """Has begun a bisection that the hub does not know."""
    where = tmp_path / "ann"
    where.mkdir()
    git(where, "init", "-q")
    (where / "kbis.toml").write_text(RECIPE)
    git(where, "add", "kbis.toml")
    for number in range(3):
        git(where, "commit", "-q", "--allow-empty", "-m", f"c{number}")
    git(tmp_path, "clone", "-q", "--bare", str(where), str(hub))
    git(where, "remote", "add", "origin", str(hub))
    ok(where, "key")
    ok(where, "start", "HEAD", "HEAD~2")
    return where


@pytest.fixture
def bob(tmp_path: Path, hub: Path) -> Path:
    git(tmp_path, "clone", "-q", str(hub), "bob")
    return tmp_path / "bob"


def test_a_bisection_goes_from_one_clone_to_the_other(ann: Path, bob: Path) -> None:
    assert ok(ann, "push") == "origin: 1 event sent.\n"
    assert ok(ann, "push") == "origin: nothing new.\n"
    # The user's key is the same, but this clone has not been told to trust it yet.
    assert ok(bob, "pull") == "origin: 1 new event, 1 of them not counted (1 untrusted key).\n"
    ok(bob, "key")
    assert ok(bob, "pull") == "origin: nothing new.\n"
    assert len(ok(bob, "list").splitlines()) == 1
    ok(bob, "good", "HEAD~1", "--why", "seen by hand")
    assert ok(bob, "sync") == "origin: 1 event sent.\n"
    assert ok(ann, "sync") == "origin: 1 new event.\n"
    assert "seen by hand" in ok(ann, "log")


def test_two_who_wrote_at_the_same_time(ann: Path, bob: Path) -> None:
    ok(ann, "sync")
    ok(bob, "key")
    ok(bob, "sync")
    ok(ann, "good", "HEAD~1", "--why", "by Ann")
    ok(bob, "good", "HEAD~1", "--why", "by Bob")
    ok(bob, "sync")
    assert ok(ann, "push") == "origin: 1 new event, 1 event sent, 1 merge, 1 retry.\n"
    assert ok(bob, "sync") == "origin: 1 new event.\n"


def test_as_data(ann: Path, bob: Path) -> None:
    ok(ann, "push")
    assert json.loads(ok(bob, "sync", "--json")) == {
        "remote": "origin",
        "received": {
            "events": 1,
            "counted": 0,
            "not_counted": {"untrusted key": 1},
            "no_events": 0,
            "foreign_paths": 0,
            "unreadable_notes": 0,
        },
        "sent": 0,
        "sent_other_lines": 0,
        "merges": 0,
        "retries": 0,
        "rollbacks": [],
    }


def test_a_rollback_is_a_warning_on_stderr_and_the_push_mends_it(ann: Path, hub: Path) -> None:
    ok(ann, "good", "HEAD~1", "--why", "x")
    ok(ann, "sync")
    was = git(hub, "rev-parse", "refs/notes/kbis").strip()
    git(hub, "update-ref", "refs/notes/kbis", "refs/notes/kbis~1")
    pulled = kbis(ann, "pull", "--json")
    assert (pulled.code, pulled.err.count("ROLLBACK: origin")) == (0, 1)
    [told] = json.loads(pulled.out)["rollbacks"]
    assert (told["was"], len(told["missing_events"]), told["missing_attachments"]) == (was, 1, [])
    assert ok(ann, "sync") == "origin: 1 event sent.\n"
    assert "ROLLBACK" not in kbis(ann, "sync").err


def test_what_came_is_told_though_the_push_failed(ann: Path, bob: Path, hub: Path) -> None:
    ok(ann, "push")
    ok(bob, "key")
    hook = hub / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nprintf '\\033[31mnever\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    ok(bob, "pull")
    ok(bob, "good", "HEAD~1", "--why", "x")
    hook.unlink()
    ok(ann, "good", "HEAD~1", "--why", "y")
    ok(ann, "push")
    hook.write_text("#!/bin/sh\nprintf '\\033[31mnever\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    ran = kbis(bob, "sync")
    assert (ran.code, ran.out) == (USER, "origin: 1 new event, 1 merge.\n")
    assert "origin does not take refs/notes/kbis" in ran.err
    assert "\x1b" not in ran.err
    assert "never" in ran.err


@pytest.mark.parametrize("command", ["push", "pull", "sync", "init"])
def test_a_remote_that_is_none(ann: Path, command: str) -> None:
    ran = kbis(ann, command, "nobody")
    assert (ran.code, ran.out) == (USER, "")
    assert "no remote called nobody" in ran.err
    assert "It can be origin." in ran.err


def test_a_remote_out_of_reach(ann: Path) -> None:
    ran = kbis(ann, "pull", "https://127.0.0.1:1/linux")
    assert (ran.code, ran.out) == (INFRA, "")
    assert "cannot be reached" in ran.err


def test_init_and_its_undoing(ann: Path) -> None:
    before = (ann / ".git" / "config").read_bytes()
    assert ok(ann, "init") == "Set remote.origin.fetch = +refs/notes/kbis*:refs/kbis/remotes/origin/notes*\n"
    assert ok(ann, "init") == "Everything is set already.\n"
    assert json.loads(ok(ann, "init", "--undo", "--json")) == {
        "removed": [
            {"name": "remote.origin.fetch", "value": "+refs/notes/kbis*:refs/kbis/remotes/origin/notes*"}
        ],
        "warnings": [],
    }
    assert (ann / ".git" / "config").read_bytes() == before
    assert ok(ann, "init", "--undo") == "There is nothing to remove.\n"


@pytest.mark.parametrize(
    "name", ["bad name", "a..b", "x.lock", "refs/notes/", "a//b", "a\\b", "refs/heads/x"]
)
def test_a_notes_ref_that_cannot_be_one_is_a_wrong_setting(ann: Path, name: str) -> None:
    git(ann, "config", "kbis.notesRef", name)
    ran = kbis(ann, "pull")
    assert ran.code == USER
    assert "kbis.notesRef is" in ran.err


def test_what_to_do_about_events_that_do_not_count_is_said(ann: Path, bob: Path, tmp_path: Path) -> None:
    ok(ann, "push")
    assert "Some of them name your own key: kbis key" in kbis(bob, "pull").err
    git(ann, "config", "user.signingKey", str(tmp_path / "other"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    ok(ann, "start", "HEAD", "HEAD~1")
    ok(ann, "push")
    pulled = kbis(bob, "pull")
    assert "1 of them not counted" in pulled.out
    assert "kbis trust add lets the events of one count" in pulled.err


def test_the_log_of_another_repository_is_remarked_upon(ann: Path, tmp_path: Path) -> None:
    ok(ann, "push")
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "commit", "-q", "--allow-empty", "-m", "another root")
    ok(other, "key")
    pulled = kbis(other, "pull", str(tmp_path / "hub.git"))
    assert "1 other repository" in pulled.out
    assert "Most of what came belongs to another repository" in pulled.err


def test_other_peoples_lines_that_are_sent_are_told(ann: Path) -> None:
    ok(ann, "push")
    git(ann, "notes", "--ref=kbis", "append", "-m", "Reviewed-by: somebody", "HEAD~1")
    assert ok(ann, "push") == "origin: 1 other line sent.\n"


def test_a_bisection_whose_starter_is_revoked_is_told_as_such(ann: Path) -> None:
    [fingerprint] = [word for word in ok(ann, "trust", "list").split() if word.startswith("SHA256:")]
    ok(ann, "trust", "revoke", fingerprint, "--why", "lost")
    ran = kbis(ann, "status")
    assert "revoked key (1)" in ran.err
    assert "kbis trust list says where keys are revoked" in ran.err
    assert "trust add" not in ran.err
