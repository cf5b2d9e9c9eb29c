"""Trust as a value: what it answers, what it reports, and what its digest covers."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kbis.errors import UserError
from kbis.log.allowed_signers import SkippedLine, format_line
from kbis.log.pubkey import PublicKey
from kbis.log.sshsig import NAMESPACE
from kbis.log.sshwire import string
from kbis.log.trust import Trust, Trusted, TrustFile, Untrusted
from kbis.log.trust_files import load_trust

ANN, BOB = (
    PublicKey.from_point(
        Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)).public_key().public_bytes_raw()
    )
    for n in (1, 2)
)
NOW_MS = 1_720_000_000_000  # 2024-07-03


def utc(naive: datetime) -> int:
    return int(naive.replace(tzinfo=UTC).timestamp())


def trust_in(*texts: str, revoked: str | None = None) -> Trust:
    files = [TrustFile(f"file{n}", text.encode()) for n, text in enumerate(texts, 1)]
    return Trust.parse(files, TrustFile("revoked", revoked.encode()) if revoked else None, utc)


def reason(trust: Trust, key: PublicKey = ANN, namespace: str = NAMESPACE) -> str:
    answer = trust.principal(key.fingerprint, NOW_MS, namespace)
    assert isinstance(answer, Untrusted)
    return answer.reason


def test_a_listed_key_is_trusted_under_its_first_name() -> None:
    trust = trust_in(f"ann@example.com,ann {ANN.line()}")
    assert trust.principal(ANN.fingerprint, NOW_MS, NAMESPACE) == Trusted("ann@example.com", ANN)


def test_an_unknown_key_is_untrusted_by_name() -> None:
    assert reason(trust_in(f"ann {ANN.line()}"), BOB) == (
        f"the key {BOB.sha256_text} is not among the allowed signers"
    )


def test_no_files_trust_nobody() -> None:
    assert isinstance(Trust().principal(ANN.fingerprint, NOW_MS, NAMESPACE), Untrusted)


def test_a_revoked_key_is_not_trusted_but_still_known() -> None:
    trust = trust_in(f"ann {ANN.line()}\nbob {BOB.line()}", revoked=ANN.line())
    assert reason(trust) == f"the key {ANN.sha256_text} is revoked"
    assert trust.key(ANN.fingerprint) == ANN
    assert isinstance(trust.principal(BOB.fingerprint, NOW_MS, NAMESPACE), Trusted)


def test_the_first_line_that_accepts_the_key_names_it_across_files() -> None:
    trust = trust_in(f'git-only namespaces="git" {ANN.line()}', f"first {ANN.line()}\nsecond {ANN.line()}")
    assert trust.principal(ANN.fingerprint, NOW_MS, NAMESPACE) == Trusted("first", ANN)
    assert trust.principal(ANN.fingerprint, NOW_MS, "git") == Trusted("git-only", ANN)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('namespaces="git"', 'ann may sign with it in namespaces "git", not "kbis-event@v1"'),
        ('valid-after="20250101Z"', "ann may sign with it only from 2025-01-01 00:00:00 UTC on"),
        ('valid-before="20240101Z"', "ann could sign with it only until 2024-01-01 00:00:00 UTC"),
    ],
)
def test_a_refusal_says_what_the_line_demands(options: str, expected: str) -> None:
    assert reason(trust_in(f"ann {options} {ANN.line()}")).endswith(expected)


def test_names_that_exclude_everybody_are_said() -> None:
    assert "exclude everybody" in reason(trust_in(f"!ann {ANN.line()}"))


def test_the_name_shown_is_never_a_negated_pattern() -> None:
    answer = trust_in(f"!eve@x.org,*@x.org {ANN.line()}").principal(ANN.fingerprint, NOW_MS, NAMESPACE)
    assert answer == Trusted("*@x.org", ANN)


def test_an_escaped_quote_is_part_of_the_value() -> None:
    trust = trust_in(f'ann namespaces="a\\"b" {ANN.line()}')
    assert isinstance(trust.principal(ANN.fingerprint, NOW_MS, 'a"b'), Trusted)


def test_keys_are_found_by_fingerprint_and_by_its_start() -> None:
    trust = trust_in(f"ann {ANN.line()}\nann2 {ANN.line()}\nbob {BOB.line()}")
    assert trust.key(BOB.fingerprint) == BOB
    assert trust.key(bytes(32)) is None
    assert trust.keys_starting_with(ANN.fingerprint[:8]) == (ANN,)
    assert trust.keys_starting_with(b"") == (ANN, BOB)


def test_a_security_key_that_shares_the_point_is_not_trusted() -> None:
    sk_type = b"sk-ssh-ed25519@openssh.com"
    blob = string(sk_type) + ANN.blob[-36:] + string(b"ssh:")
    trust = trust_in(f"ann {sk_type.decode()} {base64.b64encode(blob).decode()}")
    assert trust.signers == ()
    assert (
        trust.skipped[0].reason == f"The key is of type {sk_type.decode()}; kbis signs with ssh-ed25519 only"
    )
    assert not trust.skipped[0].malformed


@pytest.mark.parametrize(
    ("line", "why", "malformed"),
    [
        ("ann", "needs a type", True),
        ('"ann ssh-ed25519 AAAA', "does not start with a name", True),
        ("ann ssh-ed25519 !!!!", "not valid base64", True),
        ("ann no-pty {K}", "does not know", True),
        ('ann namespaces="*"', "the key is missing", True),
        ('ann valid-after="2025" {K}', 'the time "2025" is not YYYYMMDD', True),
        ('ann valid-after="20240230Z" {K}', 'the time "20240230Z" is in no calendar', True),
        ('ann valid-after="20250101Z",valid-before="20240101Z" {K}', "not later than valid-after", True),
        ("ann\udcff {K}", "not UTF-8", True),
        ("ann {K} \0", "not UTF-8", True),
        ("ann cert-authority {K}", "certificate authority", False),
    ],
)
def test_a_skipped_line_is_reported_with_its_number(line: str, why: str, malformed: bool) -> None:
    content = f"# first\n{line}\nbob {{K}}\n".replace("{K}", ANN.line()).encode("utf-8", "surrogateescape")
    trust = Trust.parse([TrustFile("team", content)], None, utc)
    [skipped] = trust.skipped
    assert skipped == SkippedLine("team", 2, skipped.reason, malformed)
    assert why in skipped.reason
    assert [signer.principals for signer in trust.signers] == ["bob"]


def test_a_comment_that_is_not_utf8_harms_nothing() -> None:
    content = b"ann " + ANN.line().encode() + b" Andr\xe9\n"
    assert Trust.parse([TrustFile("f", content)], None, utc).skipped == ()


def test_the_digest_is_blind_to_what_cannot_change_an_answer() -> None:
    base = trust_in(f"ann {ANN.line()}\n", revoked=BOB.line())
    same = trust_in(
        f"# who\n\n  ann   {ANN.line()} comment\nbroken\n", revoked=f"# x\n{BOB.line()} y\n{BOB.line()}"
    )
    assert base.digest == same.digest
    assert len(base.digest) == 32


def test_the_digest_changes_with_all_that_can_change_an_answer() -> None:
    texts = [
        "",
        f"ann {ANN.line()}",
        f"ann {BOB.line()}",
        f"bob {ANN.line()}",
        f"ann,bob {ANN.line()}",
        f'ann namespaces="" {ANN.line()}',
        f'ann namespaces="any" {ANN.line()}',
        f'ann valid-after="20240101Z" {ANN.line()}',
        f'ann valid-before="20240101Z" {ANN.line()}',
        f"ann {ANN.line()}\nbob {ANN.line()}",
        f"bob {ANN.line()}\nann {ANN.line()}",
    ]
    digests = {trust_in(text, revoked=revoked).digest for text in texts for revoked in (None, ANN.line())}
    assert len(digests) == 2 * len(texts)


@pytest.mark.parametrize("name", ["", "a b", "a,b", "*", "!ann", "a?", '"a"', "#a", "a\nb", "é"])
def test_a_name_that_would_be_read_otherwise_is_not_written(name: str) -> None:
    with pytest.raises(UserError, match="cannot stand"):
        format_line(name, ANN, NAMESPACE)


def test_a_trust_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"allowed-signers file {tmp_path / 'a'} cannot be read"):
        load_trust([tmp_path / "a"], None)
    (tmp_path / "a").touch()
    with pytest.raises(UserError, match=f"revocation file {tmp_path} cannot be read"):
        load_trust([tmp_path / "a"], tmp_path)
