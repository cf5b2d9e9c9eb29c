"""Public keys: one type is accepted, by the name inside the key, and signatures are checked strictly."""

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kbis.errors import UserError
from kbis.log.pubkey import PublicKey, WrongKeyTypeError, fingerprint_text
from kbis.log.sshwire import string

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # L of RFC 8032 §5.1
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PublicKey.from_point(SECRET.public_key().public_bytes_raw(), "ann@example.com")
SK_TYPE = "sk-ssh-ed25519@openssh.com"


def line_of(tmp_path: Path, *options: str) -> str:
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", tmp_path / "k", *options], check=True)
    return (tmp_path / "k.pub").read_text()


def as_line(kind: str, blob: bytes) -> str:
    return f"{kind} {base64.b64encode(blob).decode()} c"


def test_line_and_fingerprint_are_as_ssh_keygen_shows_them(tmp_path: Path) -> None:
    text = line_of(tmp_path, "-t", "ed25519", "-C", "ann of  here")
    key = PublicKey.parse(text)
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", tmp_path / "k.pub"], check=True, capture_output=True, text=True
    ).stdout
    assert shown.split()[1] == key.sha256_text == fingerprint_text(key.fingerprint)
    assert key.comment == "ann of  here"
    assert PublicKey.parse(key.line()) == key
    assert key.line().split(" ")[:2] == text.split(" ")[:2]
    assert len(key.fingerprint) == 32


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("-t", "rsa", "-b", "2048"), "ssh-rsa"),
        (("-t", "ecdsa", "-b", "256"), "ecdsa-sha2-nistp256"),
    ],
)
def test_a_key_of_another_type_is_refused_by_name(
    tmp_path: Path, options: tuple[str, ...], named: str
) -> None:
    text = line_of(tmp_path, *options)
    with pytest.raises(WrongKeyTypeError) as refused:
        PublicKey.parse(text)
    assert str(refused.value) == f"The key is of type {named}; kbis signs with ssh-ed25519 only."
    assert "kbis key" in refused.value.hint


@pytest.mark.parametrize("stated", [SK_TYPE, "ssh-ed25519"])
def test_a_security_key_never_passes_as_a_plain_one(stated: str) -> None:
    blob = string(SK_TYPE.encode()) + string(SECRET.public_key().public_bytes_raw()) + string(b"ssh:")
    with pytest.raises(WrongKeyTypeError, match=SK_TYPE):
        PublicKey.parse(as_line(stated, blob))
    with pytest.raises(WrongKeyTypeError, match=SK_TYPE):
        PublicKey(blob)


def test_a_plain_key_with_a_false_label_is_refused() -> None:
    with pytest.raises(UserError, match="says ssh-rsa"):
        PublicKey.parse(as_line("ssh-rsa", PUBLIC.blob))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\0\0",
        string(b"ssh-ed25519"),
        string(b"ssh-ed25519") + string(bytes(31)),
        string(b"ssh-ed25519") + string(bytes(33)),
        PUBLIC.blob + b"\0",
        PUBLIC.blob[:-1],
        string(b"\x1b[2J") + string(bytes(32)),
    ],
)
def test_a_damaged_key_is_refused(blob: bytes) -> None:
    with pytest.raises(UserError) as refused:
        PublicKey(blob)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 ????", "ssh-ed25519 AAAA", "\x1b[2J é"])
def test_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        PublicKey.parse(text)


def test_a_comment_cannot_start_a_second_line() -> None:
    assert PublicKey(PUBLIC.blob, "a\nssh-rsa AAAA\x1b[2J").line().isprintable()


def test_keys_are_equal_by_their_blob_alone() -> None:
    assert PublicKey(PUBLIC.blob, "x") == PublicKey(PUBLIC.blob, "y")


def test_a_signature_with_the_group_order_added_is_refused() -> None:
    message = b"m"
    good = SECRET.sign(message)
    assert PUBLIC.verify(message, good)
    scalar = int.from_bytes(good[32:], "little")
    for times in range(1, 16):
        twin = scalar + times * GROUP_ORDER
        if twin < 2**256:
            assert not PUBLIC.verify(message, good[:32] + twin.to_bytes(32, "little"))


@given(st.binary(max_size=130))
def test_no_other_bytes_verify(junk: bytes) -> None:
    good = SECRET.sign(b"m")
    assert PUBLIC.verify(b"m", junk) == (junk == good)
    if junk:
        assert not PUBLIC.verify(b"m", good + junk)
        assert not PUBLIC.verify(b"m", good[: -min(len(junk), 64)])
