"""Which key signs: git's, kbis' own, or the only one of the agent, and what is said of the others."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.log.keys import FoundSigner, KeySettings, find_signer
from kbis.log.new_key import make_key
from kbis.log.pubkey import PublicKey
from kbis.log.signer import AgentSigner, FileSigner


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory with a short name: the path of a Unix socket has at most 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="kbis-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def agent(home: Path) -> Iterator[Path]:
    path = home / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # printed once it listens
    yield path
    process.terminate()
    process.wait()
    process.stdout.close()


def into_agent(agent: Path, key: Path) -> None:
    environment = {"SSH_AUTH_SOCK": str(agent), "PATH": "/usr/bin:/bin"}
    subprocess.run(["ssh-add", key], env=environment, check=True, capture_output=True)


def rsa(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", path], check=True)
    return path


def found(home: Path, signing_key: str | None = None, agent: Path | None = None) -> FoundSigner:
    settings = KeySettings(signing_key, agent, home / "own", home)
    result = find_signer(settings, lambda _: None)
    assert result.signer.public.verify(b"m", result.signer.sign(b"m"))
    return result


@pytest.mark.parametrize("written", ["~/k", "~/k.pub", "{home}/k", "{home}/k.pub"])
def test_a_path_to_either_half_finds_the_file(home: Path, written: str) -> None:
    public = make_key(home / "k", "")
    make_key(home / "own", "")
    result = found(home, written.format(home=home))
    origin = "the signing key of git's configuration"
    assert (result.signer.public, result.origin, result.passed_over) == (public, origin, ())
    assert isinstance(result.signer, FileSigner)


@pytest.mark.parametrize("written", ["key::{line}", "{line}", "~/k", "~/k.pub"])
def test_a_key_that_only_the_agent_holds_is_found_in_it(home: Path, agent: Path, written: str) -> None:
    public = make_key(home / "k", "")
    make_key(home / "other", "")
    into_agent(agent, home / "other")
    into_agent(agent, home / "k")
    (home / "k").unlink()
    result = found(home, written.format(line=public.line()), agent)
    assert result.signer.public == public
    assert isinstance(result.signer, AgentSigner)


def test_the_agent_comes_before_a_file_with_a_passphrase(home: Path, agent: Path) -> None:
    make_key(home / "k", "")
    into_agent(agent, home / "k")
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "secret", "-f", home / "k"], check=True)
    assert isinstance(found(home, str(home / "k"), agent).signer, AgentSigner)


def test_an_agent_that_is_gone_leaves_the_file(home: Path) -> None:
    make_key(home / "k", "")
    assert isinstance(found(home, str(home / "k"), home / "no-agent").signer, FileSigner)


def test_a_key_of_another_type_is_passed_over_with_its_name(home: Path) -> None:
    own = make_key(home / "own", "")
    rsa(home / "rsa")
    for written in ("~/rsa", "~/rsa.pub", (home / "rsa.pub").read_text(), "key::ecdsa-sha2-nistp256 AAAA"):
        result = found(home, written)
        assert result.signer.public == own
        assert len(result.passed_over) == 1
    assert "of type ssh-rsa; kbis signs with ssh-ed25519 only" in found(home, "~/rsa.pub").passed_over[0]


@pytest.mark.parametrize("written", ["0x3AA5C34371567BD2", "Ann <ann@example.com>", "A" * 5000, "/", "."])
def test_the_id_of_a_gpg_key_is_passed_over_with_the_reason(home: Path, written: str) -> None:
    own = make_key(home / "own", "")
    result = found(home, written)
    assert result.signer.public == own
    assert "neither an SSH public key nor a key file" in result.passed_over[0]


def test_the_own_key_serves_when_git_names_none(home: Path, agent: Path) -> None:
    own = make_key(home / "own", "")
    make_key(home / "k", "")
    into_agent(agent, home / "k")
    result = found(home, None, agent)
    assert (result.signer.public, result.passed_over) == (own, ())
    assert str(home / "own") in result.origin


def test_the_only_ed25519_key_of_the_agent_is_the_last_resort(home: Path, agent: Path) -> None:
    public = make_key(home / "k", "")
    into_agent(agent, home / "k")
    into_agent(agent, rsa(home / "rsa"))
    result = found(home, "0x3AA5C34371567BD2", agent)
    assert result.signer.public == public
    assert result.origin == "the only Ed25519 key of the ssh-agent"


def test_between_two_keys_of_the_agent_nobody_chooses(home: Path, agent: Path) -> None:
    for name in ("a", "b"):
        make_key(home / name, "")
        into_agent(agent, home / name)
    with pytest.raises(UserError, match="holds 2 Ed25519 keys") as refused:
        found(home, None, agent)
    assert "kbis key" in refused.value.hint


def test_no_other_agent_key_stands_in_for_the_named_one(home: Path, agent: Path) -> None:
    make_key(home / "k", "")
    into_agent(agent, home / "k")
    absent = make_key(home / "gone" / "k", "")
    with pytest.raises(UserError, match="does not hold its private half"):
        found(home, absent.line(), agent)


def test_the_own_key_stands_in_for_the_named_one_and_it_is_said(home: Path) -> None:
    own = make_key(home / "own", "")
    absent = make_key(home / "gone" / "k", "")
    result = found(home, absent.line())
    assert result.signer.public == own
    assert absent.sha256_text in result.passed_over[0]


def test_halves_of_two_keys_side_by_side_are_passed_over(home: Path) -> None:
    make_key(home / "own", "")
    make_key(home / "k", "")
    (home / "k.pub").write_text(make_key(home / "other", "").line() + "\n")
    assert "holds another key" in found(home, "~/k.pub").passed_over[0]


def test_without_any_key_the_next_step_is_said(home: Path) -> None:
    with pytest.raises(UserError, match="no Ed25519 key") as refused:
        found(home)
    assert "kbis key" in refused.value.hint


def test_a_damaged_own_key_is_not_passed_over(home: Path) -> None:
    (home / "own").write_text("junk")
    (home / "own").chmod(0o600)
    with pytest.raises(UserError, match="no private key"):
        found(home)


def test_a_literal_key_may_carry_a_comment(home: Path, agent: Path) -> None:
    public: PublicKey = make_key(home / "k", "")
    into_agent(agent, home / "k")
    assert found(home, f"key::{public.line()} ann of here", agent).signer.public == public
