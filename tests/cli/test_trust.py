"""`kbis trust`: whose events count, in git's own files and in the clone's; and what a change of it changes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kbis.config import load
from kbis.errors import InfraError, UserError
from kbis.log import append_to_file
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot
from kbis.log.pubkey import PublicKey
from kbis.log.sshsig import NAMESPACE, armor, preimage
from kbis.run.examination import _trust
from tests.hostile.clone import Clone, People, finished, recorded
from tests.run.wheel import git

REFUSED = 2
BUG = "kernel BUG at a.c:LINE!"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People.make(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, people: People) -> Clone:
    """Ann has found the first bad commit; then bob, whom nobody here knows, saw a crash at the good end."""
    clone = finished(tmp_path_factory.mktemp("original") / "clone", people)
    git(clone.path, "config", "user.signingKey", str(people.place / "bob"))
    recorded(clone, Draft(bytes.fromhex(clone.commits[0]), Boot("crash", title=BUG, reached="reproducer")))
    git(clone.path, "config", "user.signingKey", str(people.place / "ann"))
    own_signers(clone).write_text(people.allowed("ann"))
    return clone


@pytest.fixture
def clone(original: Clone, tmp_path: Path) -> Clone:
    return original.copy(tmp_path / "clone")


def own_signers(clone: Clone) -> Path:
    return clone.path / ".git/kbis/allowed_signers"


def pub(people: People, name: str) -> str:
    return str(people.place / f"{name}.pub")


def listed(clone: Clone) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(clone.kbis("trust", "list", "--json").out)
    return found


def test_the_list_names_keys_limits_files_lines_and_who_else_wrote(clone: Clone, people: People) -> None:
    team = clone.path / "team"
    bob = people.public("bob")
    team.write_text(f'# the team\n\ncarl valid-after="20200101Z",namespaces="git" {bob.line()}\nnonsense\n')
    git(clone.path, "config", "gpg.ssh.allowedSignersFile", str(team))
    [carl, ann] = listed(clone)["signers"]
    assert (carl["principals"], carl["file"], carl["line"], carl["in_use"]) == ("carl", str(team), 3, False)
    assert (carl["namespaces"], carl["valid_after"]) == ("git", "2020-01-01 00:00:00 UTC")
    assert (ann["principals"], ann["events"], ann["own"]) == ("ann@example.org", 40, True)
    text = clone.kbis("trust", "list").out
    assert f"{team}:4 lets nobody sign here" in text
    assert bob.sha256_text in text
    team.unlink()
    git(clone.path, "config", "--unset", "gpg.ssh.allowedSignersFile")
    [unknown] = listed(clone)["unknown_keys"]
    assert (unknown["fingerprint"], unknown["events"]) == (bob.sha256_text, 1)


def test_a_key_that_is_added_counts_and_it_is_said_what_that_changes(clone: Clone, people: People) -> None:
    before = own_signers(clone).read_bytes()
    ran = clone.started("trust", "add", pub(people, "bob"), "--principal", "bob@example.org")
    assert ran.code == 0
    said = ran.out
    assert "What counts now: 41 events, 1 event more." in said
    assert f"{clone.commits[0][:12]}  good -> bad  c0" in said
    assert "Already bad at the oldest" in said
    assert "bob@example.org  boot" in clone.kbis("log").out
    line = f'bob@example.org namespaces="kbis-event@v1" {Path(pub(people, "bob")).read_text()}'
    assert own_signers(clone).read_bytes() == before + line.encode()
    assert listed(clone)["unknown_keys"] == []


def test_the_key_itself_serves_as_well_as_a_file(clone: Clone, people: People) -> None:
    clone.kbis("trust", "add", *people.public("bob").line().split(), "-p", "bob")
    assert [each["principals"] for each in listed(clone)["signers"]] == ["ann@example.org", "bob"]


@pytest.mark.parametrize(("limits", "counting"), [
    (("--valid-before", "2001-01-01"), 40),
    (("--valid-after", "2999-01-01"), 40),
    (("--valid-after", "2001-01-01", "--valid-before", "299901010000Z"), 41),
])  # fmt: skip
def test_a_key_counts_within_its_limits_alone(
    clone: Clone, people: People, limits: tuple[str, ...], counting: int
) -> None:
    said = clone.kbis("trust", "add", pub(people, "bob"), "-p", "bob", *limits, "--json").out
    assert json.loads(said)["counting"] == counting
    assert len(clone.ids()) == counting


def test_a_fingerprint_is_not_enough_to_add_a_key(clone: Clone, people: People) -> None:
    bob = people.public("bob")
    for words in (bob.sha256_text, bob.fingerprint.hex(), bob.fingerprint.hex()[:12]):
        said = clone.kbis("trust", "add", words, "-p", "bob", code=REFUSED).err
        assert "is a fingerprint" in said
        assert "the line that kbis key prints or the .pub file" in said


@pytest.mark.parametrize(
    "words", ["nobody.pub", "ssh-ed25519 AAAA", "ssh-rsa AAAAB3NzaC1yc2E=", "", "{private}"]
)
def test_what_is_no_key_is_not_added(clone: Clone, people: People, words: str) -> None:
    before = own_signers(clone).read_bytes()
    clone.kbis("trust", "add", words.format(private=people.place / "bob"), "-p", "x", code=REFUSED)
    assert own_signers(clone).read_bytes() == before


def test_nobody_is_added_without_a_name_or_twice_or_with_limits_that_are_none(
    clone: Clone, people: People
) -> None:
    said = clone.kbis("trust", "add", pub(people, "bob"), code=REFUSED).err
    assert "It is not said whose key" in said
    assert "bob's key, is no proof" in said
    said = clone.kbis("trust", "add", pub(people, "ann"), "-p", "eve", code=REFUSED).err
    assert "count already, as ann@example.org's" in said
    for limits in (
        ["--valid-after", "soon"],
        ["--valid-after", "2030-01-01", "--valid-before", "2020-01-01"],
    ):
        clone.kbis("trust", "add", pub(people, "bob"), "-p", "bob", *limits, code=REFUSED)
    assert len(listed(clone)["signers"]) == 1


def test_a_users_own_file_keeps_every_byte_and_its_rights(
    clone: Clone, people: People, tmp_path: Path
) -> None:
    shared, link = tmp_path / "dotfiles", tmp_path / "signers"
    content = b"# caf\xe9\r\n\n  bob\tcert-authority ssh-ed25519 AAAA\ncarl nonsense"
    shared.write_bytes(content)
    shared.chmod(0o640)
    link.symlink_to(shared)
    git(clone.path, "config", "gpg.ssh.allowedSignersFile", str(link))
    clone.kbis("trust", "add", pub(people, "bob"), "-p", "bob", "--file", str(link))
    assert shared.read_bytes().startswith(content + b"\nbob namespaces=")
    assert shared.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert len(clone.ids()) == 41


def test_a_file_that_kbis_does_not_read_is_written_and_said_to_be_unread(
    clone: Clone, people: People
) -> None:
    ran = clone.kbis("trust", "add", pub(people, "bob"), "-p", "bob", "--file", "elsewhere")
    assert "kbis does not read" in ran.err
    assert "40 events, as before" in ran.out
    assert (clone.path / "elsewhere").read_text().startswith("bob namespaces=")


def test_a_revoked_key_counts_no_more_and_it_is_said_what_that_changes(clone: Clone, people: People) -> None:
    clone.kbis("trust", "add", pub(people, "bob"), "-p", "bob@example.org")
    said = clone.kbis("trust", "revoke", "bob@example.org", "--why", "laptop\nstolen").out
    assert "What counts now: 40 events, 1 event less." in said
    assert f"{clone.commits[0][:12]}  bad -> good  c0" in said
    assert "is the first bad commit" in said
    revoked = (clone.path / ".git/kbis/revoked").read_text().splitlines()
    assert revoked[0].endswith("bob@example.org: laptop stolen")
    assert PublicKey.parse(revoked[1]) == people.public("bob")
    assert clone.reasons() == {"untrusted key"}
    assert "is revoked" in clone.kbis("log", "--all").out
    assert "(REVOKED)" in clone.kbis("trust", "list").out


def test_git_and_kbis_heed_the_same_revocation_file(clone: Clone, people: People, tmp_path: Path) -> None:
    revoked = tmp_path / "revoked"
    revoked.write_text("# from elsewhere\n")
    git(clone.path, "config", "gpg.ssh.revocationFile", str(revoked))
    clone.kbis("trust", "revoke", "ann@example.org", "--why", "gone")
    assert revoked.read_text().startswith("# from elsewhere\n# ")
    assert clone.ids() == set()
    (tmp_path / "sig").write_text(armor(people.public("ann"), people.signer("ann").sign(preimage(b"a fact"))))
    asked = ["ssh-keygen", "-Y", "verify", "-n", NAMESPACE, "-I", "ann@example.org", "-s", tmp_path / "sig"]
    asked += ["-f", own_signers(clone)]
    for options, accepted in (([], True), (["-r", revoked], False)):
        done = subprocess.run([*asked, *options], input=b"a fact", capture_output=True, check=False)
        assert (done.returncode == 0) == accepted


def test_a_key_revoked_in_a_binary_list_and_one_in_this_clone_are_both_revoked(
    clone: Clone, people: People, tmp_path: Path
) -> None:
    binary = tmp_path / "revoked.krl"
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", binary, pub(people, "mallory")], check=True)
    before = binary.read_bytes()
    git(clone.path, "config", "gpg.ssh.revocationFile", str(binary))
    said = clone.kbis("trust", "revoke", "ann@example.org", "--why", "gone").err
    assert f"ssh-keygen -k -u -f {binary}" in said
    assert binary.read_bytes() == before
    assert clone.ids() == set()
    said = clone.kbis("trust", "add", pub(people, "mallory"), "-p", "mallory", code=REFUSED).err
    assert f"take it out of {binary}" in said


def test_a_key_is_revoked_by_name_fingerprint_file_or_itself(clone: Clone, people: People) -> None:
    ann = people.public("ann")
    for words in (
        "ann@example.org",
        ann.sha256_text,
        ann.sha256_text[:14],
        ann.fingerprint.hex()[:10],
        ann.line(),
    ):
        clone.kbis("trust", "revoke", words, "--why", "test")
        assert listed(clone)["signers"][0]["revoked"], words
        assert "revoked already" in clone.kbis("trust", "revoke", words, "--why", "test", code=REFUSED).err
        (clone.path / ".git/kbis/revoked").unlink()
    clone.kbis("trust", "revoke", pub(people, "mallory"), "--why", "never let in")
    assert "is revoked" in clone.kbis("trust", "add", pub(people, "mallory"), "-p", "m", code=REFUSED).err


def test_what_means_no_key_or_several_is_not_revoked(clone: Clone, people: People) -> None:
    own_signers(clone).write_text(f"eve {people.public('ann').line()}\neve {people.public('bob').line()}\n")
    assert "2 keys are called eve" in clone.kbis("trust", "revoke", "eve", "-m", "x", code=REFUSED).err
    for words in ("nobody", "SHA256:AAAAAAAAAAAA", "0123456789abcdef"):
        clone.kbis("trust", "revoke", words, "-m", "x", code=REFUSED)
    assert "needs a reason" in clone.kbis("trust", "revoke", pub(people, "ann"), code=REFUSED).err
    assert not (clone.path / ".git/kbis/revoked").exists()


def test_ones_own_revoked_key_records_nothing_more(clone: Clone) -> None:
    said = clone.kbis("trust", "revoke", "ann@example.org", "--why", "laptop stolen").out
    assert said.startswith("Your own key")
    end = clone.commits[-1]
    assert "Your own events would not count" in clone.kbis("bad", end, "--why", "x", code=REFUSED).err


def test_a_file_that_somebody_else_is_changing_is_waited_for_and_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append_to_file, "PATIENCE_S", 0.1)
    (tmp_path / "signers.lock").touch()
    with pytest.raises(InfraError, match="another process is changing that file"):
        append_to_file.append_lines(tmp_path / "signers", ["x"])
    assert not (tmp_path / "signers").exists()


def test_a_file_in_a_place_that_is_none_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InfraError, match="cannot be written"):
        append_to_file.append_lines(tmp_path / "file" / "signers", ["x"])


def test_a_revocation_file_that_cannot_be_read_stops_everything(clone: Clone) -> None:
    git(clone.path, "config", "gpg.ssh.revocationFile", "nowhere")
    with pytest.raises(UserError, match=r"revocation file .*nowhere cannot be read"):
        clone.session()


def test_who_wrote_what_no_longer_counts_is_told_by_name(clone: Clone, people: People) -> None:
    clone.kbis("trust", "revoke", "ann@example.org", "--why", "gone")
    said = clone.kbis("log", "--all").out
    assert said.count(" key of ann@example.org  not counted, untrusted key") == 40
    assert f" key {people.public('bob').sha256_text}  not counted" in said
    assert f"the key {people.public('ann').sha256_text} is revoked" in said


def test_an_examination_names_only_those_whose_events_count(clone: Clone, people: People) -> None:
    clone.kbis("trust", "add", pub(people, "bob"), "-p", "bob@example.org")
    clone.kbis("trust", "add", pub(people, "mallory"), "-p", "late", "--valid-before", "2001-01-01")
    assert _trust(clone.session().repository, load(clone.path)).sentence == (
        "Events of ann@example.org, bob@example.org count."
    )
    clone.kbis("trust", "revoke", "bob@example.org", "--why", "gone")
    assert _trust(clone.session().repository, load(clone.path)).sentence == "Events of ann@example.org count."


def test_it_is_not_said_to_count_when_it_does_not(clone: Clone, people: People) -> None:
    ran = clone.kbis("trust", "add", pub(people, "bob"), "-p", "bob", "--valid-before", "2001-01-01")
    assert "does not count now, though it stands in" in ran.out
    assert "only until 2001-01-01" in ran.err
    ran = clone.kbis("trust", "add", pub(people, "mallory"), "-p", "mallory", "--file", "elsewhere")
    assert "counts from now on" not in ran.out


def test_a_limit_beside_a_line_without_one_is_refused(clone: Clone, people: People) -> None:
    before = own_signers(clone).read_bytes()
    limit = ("--valid-before", "2999-01-01")
    said = clone.kbis("trust", "add", pub(people, "ann"), "-p", "ann", *limit, code=REFUSED).err
    assert "count already without a limit" in said
    assert own_signers(clone).read_bytes() == before


def test_no_directory_is_made_for_a_file_that_was_misspelt(clone: Clone, people: People) -> None:
    said = clone.kbis("trust", "add", pub(people, "bob"), "-p", "b", "--file", "no/where", code=REFUSED).err
    assert "There is no directory" in said
    assert not (clone.path / "no").exists()


def test_a_second_key_of_one_name_is_remarked_upon(clone: Clone, people: People) -> None:
    said = clone.kbis("trust", "add", pub(people, "bob"), "-p", "ann@example.org").err
    assert f"ann@example.org has another key already: {people.public('ann').sha256_text}" in said


def test_who_revokes_their_own_key_is_told_how_to_undo_it(clone: Clone) -> None:
    ran = clone.kbis("trust", "revoke", "ann@example.org", "--why", "oops")
    assert "delete the last two lines of" in ran.err
    assert "Begin it anew with kbis start" in ran.out
    revoked = clone.path / ".git/kbis/revoked"
    revoked.write_text("".join(revoked.read_text().splitlines(keepends=True)[:-2]))
    assert len(clone.ids()) == 40


def test_a_fingerprint_too_short_and_a_key_of_another_type_are_called_so(
    clone: Clone, people: People, tmp_path: Path
) -> None:
    short = people.public("ann").sha256_text[:12]
    assert "too short" in clone.kbis("trust", "revoke", short, "-m", "x", code=REFUSED).err
    command = ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", tmp_path / "other"]
    subprocess.run(command, check=True)
    said = clone.kbis("trust", "revoke", str(tmp_path / "other.pub"), "-m", "x", code=REFUSED).err
    assert "The key is of type ecdsa" in said


@pytest.mark.parametrize(
    ("mail", "name"),
    [("zo\u00eb \u00f6@x", "zo@x"), ("#c", "c"), ("-rf", "rf"), ("!*?", "kbis"), ("a" * 500, "a" * 254)],
)
def test_the_name_that_is_written_for_ones_own_key_can_be_read_again(
    clone: Clone, mail: str, name: str
) -> None:
    own_signers(clone).unlink()
    git(clone.path, "config", "user.email", mail)
    clone.session(write=True)
    [line] = listed(clone)["signers"]
    assert (line["principals"], line["events"]) == (name, 40)
