"""What stands in the way of a push or pull is said in a sentence with a next step, and the log stays as it is."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from kbis.errors import InfraError, KbisError, UserError
from kbis.log import exchange, remote
from kbis.log.places import fetch_place
from kbis.log.refusal import words
from kbis.log.usergit import KEPT_BYTES, run_git
from kbis.run.sync import Team
from tests.log.world import LOG, NOTES, git
from tests.team.clones import Clone, clone_of, make_hub, tip_at


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return make_hub(tmp_path)


@pytest.fixture
def ann(hub: Path, tmp_path: Path) -> Clone:
    """Has events that the hub has not."""
    ann = clone_of(hub, tmp_path / "ann")
    ann.start()
    return ann


def hook(repository: Path, name: str, text: str) -> None:
    path = repository / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def wait_until_gone(pid: int) -> None:
    """The test's own time limit ends this."""
    while "State:\tZ" not in _status(pid):
        time.sleep(0.01)


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "State:\tZ"


def test_a_hub_whose_hook_declines_is_quoted(ann: Clone, hub: Path) -> None:
    hook(hub, "pre-receive", "echo 'no notes in this house' >&2; exit 1")
    with pytest.raises(
        UserError, match=r"origin does not take refs/notes/kbis.*no notes in this house"
    ) as caught:
        ann.push()
    assert "keeper must allow pushes to refs/notes/kbis" in caught.value.hint
    assert len(ann.ids()) == 1


def test_a_hub_that_wants_signed_pushes(ann: Clone, hub: Path) -> None:
    git(hub, "config", "receive.certNonceSeed", "seed")
    hook(hub, "pre-receive", '[ -n "$GIT_PUSH_CERT" ] || { echo "pushes must be signed" >&2; exit 1; }')
    with pytest.raises(UserError, match="pushes must be signed") as caught:
        ann.push()
    assert "push.gpgSign if-asked" in caught.value.hint


def test_signed_pushes_are_made_where_the_user_has_set_it(ann: Clone, hub: Path, tmp_path: Path) -> None:
    git(hub, "config", "receive.certNonceSeed", "seed")
    hook(hub, "pre-receive", '[ -n "$GIT_PUSH_CERT" ] || exit 1')
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    for name, value in (
        ("gpg.format", "ssh"),
        ("user.signingKey", str(tmp_path / "key")),
        ("push.gpgSign", "if-asked"),
    ):
        git(ann.path, "config", name, value)
    assert ann.push().sent == 1


def test_a_hub_that_knows_no_signed_pushes_and_a_user_who_signs_all(ann: Clone) -> None:
    git(ann.path, "config", "push.gpgSign", "true")
    with pytest.raises(UserError, match="takes no signed pushes") as caught:
        ann.push()
    assert "if-asked" in caught.value.hint


def test_a_hub_that_hides_notes(ann: Clone, hub: Path) -> None:
    git(hub, "config", "transfer.hideRefs", "refs/notes")
    with pytest.raises(UserError, match="does not take refs/notes/kbis: deny updating a hidden ref"):
        ann.push()


def test_the_pre_push_hook_of_the_user_is_asked(ann: Clone, hub: Path) -> None:
    hook(ann.path / ".git", "pre-push", "echo 'not on a Friday' >&2; exit 1")
    with pytest.raises(InfraError, match="could not push to origin: not on a Friday"):
        ann.push()
    assert tip_at(hub) == ""


@pytest.mark.parametrize("url", ["/nonexistent/hub.git", "file:///nonexistent/hub.git", "./.git/hooks"])
def test_what_is_no_repository(ann: Clone, url: str) -> None:
    with pytest.raises(UserError, match="is not a git repository that can be reached") as caught:
        ann.pull(url)
    assert "git remote -v" in caught.value.hint
    with pytest.raises(UserError, match="is not a git repository that can be reached"):
        ann.push(url)


def test_a_host_that_does_not_exist(ann: Clone) -> None:
    with pytest.raises(InfraError, match=r"https://nowhere\.invalid/linux cannot be reached") as caught:
        ann.pull("https://nowhere.invalid/linux")
    assert "Check the network" in caught.value.hint


def test_a_transport_that_would_run_a_command(ann: Clone, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="transport that git does not allow"):
        ann.pull(f"ext::touch {tmp_path}/made")
    assert not (tmp_path / "made").exists()


def test_a_server_that_never_answers_is_left(ann: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"git://127.0.0.1:{silent.getsockname()[1]}/hub"
        repository = ann.session().repository
        place = fetch_place(repository, url, ann.path)
        with pytest.raises(InfraError, match=r"did not answer within 0\.5 s"):
            remote.fetch(repository, place, NOTES, limit_s=0.5)
        with pytest.raises(InfraError, match=r"did not answer within 0\.5 s"):
            remote.push(repository, place, NOTES, repository.git.references[LOG].target, limit_s=0.5)


def test_what_is_stopped_at_its_limit_leaves_no_process(ann: Clone, tmp_path: Path) -> None:
    script = tmp_path / "ssh"
    script.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nsleep 600\n")
    script.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_SSH_COMMAND", str(script))
        ended = run_git(ann.session().repository, ["fetch", "ssh://host.example/hub"], limit_s=1.0)
    assert ended.status is None
    wait_until_gone(int((tmp_path / "pid").read_text()))


def test_a_process_that_a_hook_leaves_behind_is_not_waited_for(ann: Clone, tmp_path: Path) -> None:
    hook(ann.path / ".git", "pre-push", f"sleep 600 & echo $! >{tmp_path}/pid")
    try:
        assert ann.push().sent == 1
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_server_that_talks_without_end_fills_no_memory(ann: Clone, hub: Path) -> None:
    hook(hub, "pre-receive", "yes talk talk talk | head -c 16000000 >&2; exit 1")
    ended = run_git(ann.session().repository, ["push", "--porcelain", str(hub), f"{LOG}:{NOTES}"])
    assert ended.status == 1
    assert len(ended.err) <= KEPT_BYTES
    with pytest.raises(UserError, match="does not take") as caught:
        ann.push()
    assert len(str(caught.value)) < 1000


def test_a_lock_that_was_left_over_at_the_hub_is_told_after_many_tries(
    ann: Clone, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exchange.TRIES >= 60
    monkeypatch.setattr(exchange, "TRIES", 4)
    lock = hub / f"{NOTES}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    with pytest.raises(InfraError, match="did not take the log in 4 tries: failed to update ref") as caught:
        ann.push()
    assert "Nothing is lost" in caught.value.hint
    assert "refs/notes/kbis.lock" in caught.value.hint
    lock.unlink()
    assert ann.push().sent == 1


def test_a_lock_at_the_hub_that_goes_away_is_waited_for(
    ann: Clone, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = hub / f"{NOTES}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    fetch, fetched = remote.fetch, []

    def unlocking(*args: object, **options: object) -> object:
        fetched.append(1)
        if len(fetched) == 3:
            lock.unlink()
        return fetch(*args, **options)

    monkeypatch.setattr(remote, "fetch", unlocking)
    pushed = ann.push()
    assert (pushed.sent, pushed.retries) == (1, 3)


def test_a_lock_on_the_tracking_ref_that_a_killed_git_left_is_removed(ann: Clone) -> None:
    ann.push()
    git(ann.path, "update-ref", "-d", "refs/kbis/remotes/origin/notes")
    lock = ann.path / ".git/refs/kbis/remotes/origin/notes.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    os.utime(lock, (1, 1))
    ann.pull()
    assert not lock.exists()


def test_a_fresh_lock_on_the_tracking_ref_is_respected(ann: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    ann.push()
    git(ann.path, "update-ref", "-d", "refs/kbis/remotes/origin/notes")
    monkeypatch.setattr(remote, "PATIENCE_S", 0.3)
    lock = ann.path / ".git/refs/kbis/remotes/origin/notes.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    with pytest.raises(KbisError, match=r"could not fetch from origin.*File exists"):
        ann.pull()
    assert lock.exists()


def test_a_lock_on_what_we_remember_of_a_remote_is_broken_when_it_is_old(ann: Clone) -> None:
    ann.push()
    [seen] = git(ann.path, "for-each-ref", "--format=%(refname)", "refs/kbis/seen").split()
    ann.append(1)
    lock = ann.path / ".git" / f"{seen}.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    assert ann.push().sent == 1
    assert git(ann.path, "rev-parse", seen).strip() == ann.tip()


def test_what_we_remember_of_a_remote_may_be_damaged(ann: Clone) -> None:
    ann.push()
    [seen] = git(ann.path, "for-each-ref", "--format=%(refname)", "refs/kbis/seen").split()
    (ann.path / ".git" / seen).write_text("7" * 40 + "\n")
    ann.append(1)
    assert ann.sync().sent == 1
    assert git(ann.path, "rev-parse", seen).strip() == ann.tip()


def test_git_is_not_installed(ann: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = ann.session().repository
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(InfraError, match="git cannot be started"):
        run_git(repository, ["version"])


def test_a_ref_at_the_hub_that_leaves_no_room_for_ours_is_named_at_once(ann: Clone, hub: Path) -> None:
    git(hub, "update-ref", f"{NOTES}/x", "main")
    with pytest.raises(UserError, match="origin has a ref refs/notes/kbis/x, which leaves no room") as caught:
        ann.push()
    assert "kbis.notesRef" in caught.value.hint


def test_a_push_that_is_refused_for_long_says_so_once(
    ann: Clone, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "SILENCE_S", 0.0)
    monkeypatch.setattr(exchange, "TRIES", 4)
    lock = hub / f"{NOTES}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    said: list[str] = []
    team = Team(ann.session(), None, ann.path, tell=lambda _: None, remark=said.append)
    with pytest.raises(InfraError):
        team.push()
    [remark] = said
    assert "origin did not take the log in 1 tries (failed to update ref); kbis goes on trying" in remark


def test_what_git_says_to_programs_is_not_repeated_to_people() -> None:
    line = f"!\t{'4' * 40}:refs/notes/kbis\t[remote rejected] (unpacker error)"
    assert words(f"To /hub.git\n{line}\nDone") == "[remote rejected] (unpacker error)"


def test_a_remote_whose_name_can_be_no_ref_is_used_all_the_same(ann: Clone, hub: Path) -> None:
    git(ann.path, "config", "remote.my hub.url", str(hub))
    assert ann.push("my hub").sent == 1
    assert ann.pull("my hub").rollbacks == ()


def test_a_local_lock_that_was_left_over_is_removed_with_a_word(
    ann: Clone, caplog: pytest.LogCaptureFixture
) -> None:
    lock = ann.path / ".git" / f"{NOTES}.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    ann.append(5)
    [record] = caplog.records
    assert "refs/notes/kbis.lock, a lock that somebody left" in record.getMessage()
