"""`kbis verify` and `kbis audit`: what they find, what they call a failure, and how they end."""

import json
import sqlite3
import subprocess
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from kbis.log import canon
from kbis.log.event import Attachment, event_id
from kbis.log.eventlog import CACHE, Draft
from kbis.log.kinds import Boot, Override, Unknown, Verdict
from kbis.log.notes import write_tree
from kbis.log.second_opinion import Signed, disagreements
from kbis.log.sshsig import preimage
from kbis.log.trust import TrustFile
from tests.hostile.clone import LOG, NOTES, Clone, People, changed, finished, recorded
from tests.log.trees import publish, tree_of
from tests.run.wheel import git

REFUSED, FAILED = 2, 4


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People.make(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, people: People) -> Clone:
    return finished(tmp_path_factory.mktemp("original") / "clone", people)


@pytest.fixture
def clone(original: Clone, tmp_path: Path) -> Clone:
    return original.copy(tmp_path / "clone")


def planted(clone: Clone, people: People, name: str = "ann", **changes: object) -> str:
    """Publish one more event, made from the last one, as somebody signs it; return the first digits of its id."""
    last = clone.events()[-1]
    facts = {"key": people.public(name).fingerprint, "parents": (last.id,), "lamport": last.lamport + 1}
    event = changed(last, **(facts | changes))
    clone.publish({event.object.hex(): [people.line(event, name)]})
    return event.id.hex()[:12]


def test_a_sound_log_is_said_to_be_sound(clone: Clone) -> None:
    ran = clone.started("verify")
    assert (ran.code, ran.err) == (0, "")
    [first, _, _, row, _, end] = ran.out.splitlines()
    assert first.startswith("40 lines in 6 notes, 1 attachment, refs/kbis/log at ")
    assert row.split() == [clone.events()[0].id.hex()[:12], "40", "0", "ann@example.org", "40"]
    assert end == "All is well."


def test_a_repository_without_a_log_is_sound(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert Clone(tmp_path).kbis("verify").out.splitlines() == [
        "0 lines in 0 notes, 0 attachments.",
        "",
        "All is well.",
    ]
    assert Clone(tmp_path).kbis("audit").code == 0


def test_what_honest_use_leaves_behind_is_a_warning(clone: Clone, people: People) -> None:
    planted(clone, people, data=Unknown({"x": 1}), unknown_kind="dream")
    newer = people.line(clone.events()[-1], "ann").replace(b"k1 ", b"k2 ", 1)
    clone.publish({clone.commits[4]: [b"Reviewed-by: somebody", newer]})
    found = clone.troubles()
    assert found == {"warning: unknown kind": 1, "warning: newer version": 1, "warning: foreign line": 1}
    assert "Update kbis" in clone.kbis("verify").out


def test_a_forged_line_ends_it_with_the_code_of_damaged_facts(clone: Clone, people: People) -> None:
    event = clone.events()[-1]
    forged = changed(event, nonce=b"forged!!")
    clone.publish({event.object.hex(): [people.line(forged, "mallory")]})
    ran = clone.started("verify")
    assert ran.code == FAILED
    assert "FAILURE  bad signature (1)" in ran.out
    assert f"on {event.object.hex()[:12]}: conclude {forged.id.hex()[:12]}: the key SHA256:" in ran.out
    assert "of ann@example.org did not sign it" in ran.out
    ran = clone.started("verify", "--json")
    assert ran.code == FAILED
    [trouble] = json.loads(ran.out)["troubles"]
    assert (trouble["matter"], trouble["note"]) == ("bad signature", event.object.hex())


def test_a_forgery_in_the_name_of_a_revoked_key_is_still_a_forgery(clone: Clone, people: People) -> None:
    event = changed(clone.events()[-1], key=people.public("bob").fingerprint)
    clone.kbis("trust", "revoke", "bob@example.org", "--why", "gone")
    clone.publish({event.object.hex(): [people.line(event, "mallory")]})
    assert clone.troubles(FAILED) == {"failure: bad signature": 1}


def test_events_after_one_that_a_newer_kbis_wrote_are_no_failure(clone: Clone, people: People) -> None:
    last = clone.events()[-1]
    fields = canon.decode(last.body)
    assert isinstance(fields, dict)
    body = canon.encode(fields | {"v": 2, "parents": [last.id], "lamport": last.lamport + 1})
    encoded = urlsafe_b64encode(body).rstrip(b"=")
    newer = b" ".join([b"k1 %010x" % (last.lamport + 1), b"conclude", b"0" * 16, encoded, b"A" * 86])
    clone.publish({last.object.hex(): [newer]})
    planted(clone, people, parents=(event_id(body),), lamport=last.lamport + 2)
    assert clone.troubles() == {"warning: newer version": 1, "warning: missing parent": 1}


def with_attachment(clone: Clone, people: People, content: bytes, signed: bytes, *, noted: bool) -> str:
    """An event with an attachment, whose blob holds `content` while `signed` is what was signed."""
    blob = clone.git.create_blob(content)
    if noted:
        tree = write_tree(clone.git, tree_of(clone.git, NOTES), {str(blob): blob})
        publish(clone.git, NOTES, tree)
    attached = Attachment(blob.raw, sha256(signed).digest(), len(signed), "report")
    return planted(clone, people, attachments=(attached,))


def test_an_attachment_that_is_not_what_was_signed_is_a_failure(clone: Clone, people: People) -> None:
    event = with_attachment(clone, people, b"what is here", b"what was put", noted=True)
    assert clone.troubles(FAILED) == {"failure: broken attachment": 1}
    assert f"conclude {event}" in clone.kbis("verify", code=FAILED).out


def test_an_attachment_that_would_not_travel_is_a_failure(clone: Clone, people: People) -> None:
    with_attachment(clone, people, b"here", b"here", noted=False)
    assert "not among the notes" in clone.verify(FAILED)["troubles"][0]["detail"]
    clone.kbis("verify", code=FAILED)


def test_an_attachment_that_is_nowhere_is_a_failure(clone: Clone, tmp_path: Path) -> None:
    """As in a clone of a hub that dropped it."""
    [attachment] = clone.events()[0].attachments
    oid = attachment.oid.hex()
    git(clone.path, "notes", "--ref=kbis", "remove", oid)
    git(
        clone.path,
        "update-ref",
        "refs/heads/dropped",
        git(clone.path, "commit-tree", f"{NOTES}^{{tree}}", "-m", "x"),
    )
    git(tmp_path, "clone", "-q", "-b", "main", f"file://{clone.path}", "fresh")
    fresh = Clone(tmp_path / "fresh")
    git(fresh.path, "update-ref", NOTES, "refs/remotes/origin/dropped")
    (fresh.path / ".git/kbis").mkdir()
    (fresh.path / ".git/kbis/allowed_signers").write_text(
        (clone.path / ".git/kbis/allowed_signers").read_text()
    )
    assert len(fresh.ids()) == 40
    assert fresh.troubles(FAILED) == {"failure: broken attachment": 1}
    assert fresh.verify(FAILED)["troubles"][0]["detail"] == f"the attachment {oid} (recipe) is not here"


def test_a_cache_that_was_told_a_lie_is_found_out(clone: Clone, people: People) -> None:
    last = clone.events()[-1]
    event = changed(last, parents=(last.id,), lamport=last.lamport + 1)
    line = people.line(event, "mallory")
    clone.publish({event.object.hex(): [line]})
    with sqlite3.connect(clone.path / ".git" / CACHE) as cache:
        cache.execute("INSERT INTO verified VALUES (?)", (sha256(line).digest(),))
    cache.close()
    assert event.id in clone.ids()
    assert clone.troubles(FAILED) == {"failure: bad signature": 1, "failure: cache differs": 1}


def test_a_published_ref_that_leads_to_no_notes_is_reported_beside_the_sound_log(clone: Clone) -> None:
    git(clone.path, "update-ref", NOTES, str(clone.git.create_blob(b"x")))
    report = clone.verify(FAILED)
    assert report["counting"] == 40
    assert [each["matter"] for each in report["totals"]] == ["refused notes"]


@pytest.mark.parametrize("form", ["none", "text", "binary", "both"])
def test_ssh_keygen_accepts_all_that_counts(clone: Clone, people: People, tmp_path: Path, form: str) -> None:
    if form in ("binary", "both"):
        krl = tmp_path / "krl"
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", krl, people.place / "mallory.pub"], check=True)
        git(clone.path, "config", "gpg.ssh.revocationFile", str(krl))
    if form in ("text", "both"):
        (clone.path / ".git/kbis/revoked").write_text(f"{people.public('bob').line()}\n")
    assert "ssh-keygen was asked about 40 signatures." in clone.kbis("verify", "--ssh-keygen").out


def test_ssh_keygen_is_heard_when_it_disagrees(clone: Clone, people: People) -> None:
    events = clone.events()[:4]
    ann = people.public("ann")
    signatures = [people.signer("ann").sign(preimage(each.body)) for each in events]
    signed = [
        Signed(event, "ann@example.org", ann, each) for event, each in zip(events, signatures, strict=True)
    ]
    allowed = [TrustFile("a", people.allowed("ann").encode())]
    assert list(disagreements(signed, allowed, [], lambda _: None)) == []
    wrong = [signed[0], replace(signed[1], signature=signatures[0]), replace(signed[2], principal="eve")]
    found = [event for event, _ in disagreements(wrong, allowed, [], lambda _: None)]
    assert found == [events[1], events[2]]
    revoked = [TrustFile("r", f"{ann.line()}\n".encode())]
    assert len(list(disagreements(signed, allowed, revoked, lambda _: None))) == 4


def test_an_audit_names_who_decided_what_did_not_follow(clone: Clone, people: People) -> None:
    ran = clone.started("audit")
    assert ran.code == 0
    assert "13 of 13 decisions follow from what was known" in ran.out
    good = bytes.fromhex(clone.commits[0])
    event = planted(clone, people, "bob", object=good, data=Verdict("bad", "git/1", "I say so"))
    ran = clone.started("audit")
    assert ran.code == FAILED
    assert (
        f"verdict {event} of {good.hex()[:12]} by bob@example.org: bad; it should have been good" in ran.out
    )
    assert "bob@example.org: 0 of 1 decision follow from what was known, 1 do not" in ran.out
    [bisection] = json.loads(clone.kbis("audit", "--json", code=FAILED).out)["bisections"]
    assert [each["signer"] for each in bisection["checks"] if each["answer"] == "differs"] == [
        "bob@example.org"
    ]


def test_a_decision_taken_before_a_persons_word_still_follows(clone: Clone) -> None:
    end = bytes.fromhex(clone.commits[-1])
    recorded(clone, Draft(end, Override("good", "it was the lab")))
    assert clone.kbis("audit").out.splitlines()[0].endswith("13 of 13 decisions follow from what was known")


def test_a_policy_that_nobody_here_knows_is_said_to_be_unchecked(clone: Clone, people: People) -> None:
    start = clone.events()[0]
    unknown = changed(start, data=replace(start.data, policy="oracle/9"))  # type: ignore[type-var]
    clone.publish({start.object.hex(): [people.line(unknown, "ann")]})
    said = clone.kbis("audit").out
    assert "1 bisection could not be checked" in said
    assert tree_of(clone.git, NOTES) == tree_of(clone.git, LOG)


def test_a_decision_that_follows_a_revoked_keys_events_cannot_be_checked_and_accuses_nobody(
    clone: Clone, people: People
) -> None:
    good = bytes.fromhex(clone.commits[0])
    boot = Boot("crash", title="kernel BUG at a.c:LINE!", reached="reproducer")
    bobs = planted(clone, people, "bob", object=good, data=boot)
    planted(clone, people, "ann", object=good, data=Verdict("bad", "git/1", "bob saw it"))
    assert clone.kbis("audit").code == 0
    clone.kbis("trust", "revoke", "bob@example.org", "--why", "gone")
    said = clone.kbis("audit").out
    assert "13 of 14 decisions follow from what was known, 1 cannot be checked here" in said
    [bisection] = json.loads(clone.kbis("audit", "--json").out)["bisections"]
    [unseen] = [each["unseen"] for each in bisection["checks"] if each["answer"] == "unseen"]
    assert unseen == f"its writer knew what does not count here ({bobs})"
    assert "1 follow events that do not count here" in clone.kbis("replay").out


def test_an_audit_without_anything_to_check_says_so(clone: Clone) -> None:
    clone.kbis("trust", "revoke", "ann@example.org", "--why", "gone")
    assert clone.kbis("audit").out == "There is no bisection to audit.\n"


def test_a_published_ref_that_leads_to_the_files_of_a_branch_is_refused(clone: Clone) -> None:
    before = tree_of(clone.git, LOG)
    git(clone.path, "update-ref", NOTES, "main")
    assert clone.troubles(FAILED) == {"failure: refused notes": 1}
    assert "refs/notes/kbis does not hold notes" in clone.kbis("status", code=REFUSED).err
    git(clone.path, "update-ref", "-d", NOTES)
    assert tree_of(clone.git, LOG) == before
    assert clone.troubles() == {}


def test_a_ref_that_the_system_does_not_let_us_read_is_no_defect_of_ours(clone: Clone) -> None:
    refs = clone.path / ".git/refs/kbis"
    refs.rename(refs.with_name("elsewhere"))
    refs.symlink_to("kbis")
    ran = clone.started("status")
    assert ran.code == 3, ran
    assert "defect" not in ran.err
