"""The log travels by whatever git can use: paths, file URLs, http, ssh; with the user's own settings for each."""

import base64
import os
from pathlib import Path

import pytest

from kbis.errors import InfraError, UserError
from kbis.kernel.slot import take_slot
from kbis.kernel.worktree import checkout
from tests.log.world import ANN, BOB, git
from tests.team.clones import Clone, clone_of, make_hub, tip_at, with_a_file
from tests.team.http_host import http_server
from tests.team.ssh_host import ssh_server


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return make_hub(tmp_path)


def traded_both_ways(url: str, tmp_path: Path, hub: Path) -> None:
    ann, bob = clone_of(url, tmp_path / "ann"), clone_of(url, tmp_path / "bob", BOB)
    ann.start()
    assert ann.push().sent == 1
    assert bob.pull().received == 1
    ann.append(1, 2)
    bob.append(3, 3)
    ann.push()
    overtaken = bob.push()
    assert (overtaken.retries, overtaken.sent, overtaken.received) == (1, 3, 2)
    assert ann.sync().received == 3
    assert (ann.sync().received, ann.sync().sent) == (0, 0)
    assert ann.tip() == bob.tip() == tip_at(hub)
    assert ann.ids() == bob.ids()


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_by_path_and_by_file_url(scheme: str, hub: Path, tmp_path: Path) -> None:
    traded_both_ways(f"{scheme}{hub}", tmp_path, hub)


def test_by_http(hub: Path, tmp_path: Path) -> None:
    git(hub, "config", "http.receivePack", "true")
    with http_server(tmp_path) as url:
        traded_both_ways(f"{url}/{hub.name}", tmp_path, hub)


def test_by_http_with_the_password_of_a_credential_helper(hub: Path, tmp_path: Path, home: Path) -> None:
    with http_server(tmp_path, base64.b64encode(b"ada:secret").decode()) as url:
        (home / ".git-credentials").write_text(url.replace("://", "://ada:secret@") + "\n")
        git(tmp_path, "config", "--global", "credential.helper", "store")
        traded_both_ways(f"{url}/{hub.name}", tmp_path, hub)


def test_by_http_without_a_password_nobody_is_asked(hub: Path, tmp_path: Path) -> None:
    ann = clone_of(hub, tmp_path / "ann")
    with (
        http_server(tmp_path, base64.b64encode(b"ada:secret").decode()) as url,
        pytest.raises(UserError, match="did not let you in") as caught,
    ):
        ann.pull(f"{url}/{hub.name}")
    assert "credential helpers" in caught.value.hint


def test_by_http_where_nobody_may_push(hub: Path, tmp_path: Path) -> None:
    with http_server(tmp_path) as url:
        ann = clone_of(f"{url}/{hub.name}", tmp_path / "ann")
        ann.start()
        git(hub, "config", "http.receivePack", "false")
        assert ann.pull().received == 0
        with pytest.raises(UserError, match=r"did not let you in.*403"):
            ann.push()


def test_an_http_server_that_is_gone_is_named(hub: Path, tmp_path: Path) -> None:
    with http_server(tmp_path) as url:
        ann = clone_of(f"{url}/{hub.name}", tmp_path / "ann")
    with pytest.raises(InfraError, match="origin cannot be reached"):
        ann.pull()


class TestSsh:
    def test_by_ssh(self, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with ssh_server(tmp_path / "sshd") as (host, config):
            monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F {config}")
            traded_both_ways(f"ssh://{host}{hub}", tmp_path, hub)

    def test_by_ssh_as_git_is_configured(self, hub: Path, tmp_path: Path) -> None:
        with ssh_server(tmp_path / "sshd") as (host, config):
            git(tmp_path, "config", "--global", "core.sshCommand", f"ssh -F {config}")
            traded_both_ways(f"ssh://{host}{hub}", tmp_path, hub)

    def test_what_a_partial_clone_lacks_is_fetched_by_ssh_when_it_is_checked_out(
        self, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        git(hub, "config", "uploadpack.allowFilter", "true")
        head = with_a_file(hub, "Makefile", b"all:\n")
        with ssh_server(tmp_path / "sshd") as (host, config):
            monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -o BatchMode=yes -F {config}")
            part = clone_of(
                f"ssh://{host}{hub}", tmp_path / "part", ANN, "--filter=blob:none", "--no-checkout"
            )
            with take_slot(tmp_path / "work", part.path / ".git") as slot:
                assert (checkout(slot, head) / "Makefile").read_bytes() == b"all:\n"

    def test_an_unknown_host_is_not_trusted_and_nobody_is_asked(
        self, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ann = clone_of(hub, tmp_path / "ann")
        with ssh_server(tmp_path / "sshd") as (host, config):
            (config.parent / "known").write_text("")
            monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -o BatchMode=yes -F {config}")
            with pytest.raises(UserError, match="host key that ssh does not know"):
                ann.pull(f"ssh://{host}{hub}")

    def test_a_key_that_the_host_does_not_know(
        self, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ann = clone_of(hub, tmp_path / "ann")
        with ssh_server(tmp_path / "sshd") as (host, config):
            (config.parent / "authorized").write_text("")
            monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F {config}")
            with pytest.raises(UserError, match=r"did not let you in.*Permission denied"):
                ann.pull(f"ssh://{host}{hub}")

    def test_a_port_where_nobody_listens(self, hub: Path, tmp_path: Path) -> None:
        ann = clone_of(hub, tmp_path / "ann")
        with pytest.raises(InfraError, match="cannot be reached"):
            ann.pull(f"ssh://127.0.0.1:1{hub}")


class TestSshCommand:
    """git runs what stands for ssh with the host and a command; here it is a script that notes how it was called."""

    @pytest.fixture
    def ann(self, hub: Path, tmp_path: Path) -> Clone:
        ann = clone_of(hub, tmp_path / "ann")
        git(ann.path, "remote", "set-url", "origin", f"ssh://host.example{hub}")
        ann.start()
        return ann

    @pytest.fixture
    def script(self, tmp_path: Path) -> Path:
        """Runs the command here, and notes its options and git's variables."""
        path = tmp_path / "bin" / "ssh"
        path.parent.mkdir()
        path.write_text(
            f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\nenv >>{tmp_path}/calls\n'
            'for command; do :; done\nexec sh -c "$command"\n'
        )
        path.chmod(0o755)
        return path

    def calls(self, tmp_path: Path) -> str:
        return (tmp_path / "calls").read_text()

    def test_unless_told_otherwise_ssh_must_not_ask(
        self, ann: Clone, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
        assert ann.push().sent == 1
        assert "-o BatchMode=yes" in self.calls(tmp_path)
        assert "GIT_TERMINAL_PROMPT=0" in self.calls(tmp_path)

    @pytest.mark.parametrize("variable", ["GIT_SSH", "GIT_SSH_COMMAND"])
    def test_the_users_own_ssh_is_used_as_it_is(
        self, ann: Clone, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, str(script))
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "url.ssh://host.example/.insteadOf")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "short:")
        hub = git(ann.path, "remote", "get-url", "origin").strip().removeprefix("ssh://host.example/")
        assert ann.push(f"short:{hub}").sent == 1
        assert "BatchMode" not in self.calls(tmp_path)
        assert ann.sync(f"ssh://host.example/{hub}").rollbacks == ()

    def test_where_a_person_sits_at_the_terminal_git_may_ask(
        self, ann: Clone, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from kbis.run.sync import Team

        monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
        Team(ann.session(), None, ann.path, tell=lambda _: None, interactive=True).push()
        assert "BatchMode" not in self.calls(tmp_path)
        assert "GIT_TERMINAL_PROMPT" not in self.calls(tmp_path)

    def test_variables_of_another_repository_are_not_passed_on(
        self, ann: Clone, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team = ann.team()
        git(tmp_path, "init", "--quiet", "other")
        for name, value in (
            ("GIT_DIR", str(tmp_path / "other/.git")),
            ("GIT_WORK_TREE", str(tmp_path / "other")),
            ("GIT_INDEX_FILE", str(tmp_path / "index")),
            ("GIT_OBJECT_DIRECTORY", str(tmp_path / "objects")),
            ("GIT_NAMESPACE", "elsewhere"),
            ("GIT_SSH_COMMAND", str(script)),
        ):
            monkeypatch.setenv(name, value)
        team.push()
        assert team.traded().sent == 1
        assert not [
            line for line in self.calls(tmp_path).splitlines() if "other/.git" in line or "elsewhere" in line
        ]
