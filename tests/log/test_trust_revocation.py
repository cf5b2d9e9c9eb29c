"""Revocation files stop kbis when any part of them is not understood."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kbis.errors import UserError
from kbis.log.krl import MAGIC
from kbis.log.pubkey import PublicKey
from kbis.log.revocation import parse_revocations
from kbis.log.sshwire import string, uint32

KEY, OTHER = (
    PublicKey.from_point(
        Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)).public_key().public_bytes_raw()
    )
    for n in (1, 2)
)
HEADER = MAGIC + uint32(1) + bytes(24) + string(b"") + string(b"a comment")


def section(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + string(content)


def made_by_ssh_keygen(tmp_path: Path) -> bytes:
    (tmp_path / "spec").write_text(f"key: {KEY.line()}\nsha1: {OTHER.line()}\nsha256: {OTHER.line()}\n")
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", tmp_path / "krl", tmp_path / "spec"], check=True)
    return (tmp_path / "krl").read_bytes()


def test_a_text_file_revokes_the_keys_it_lists() -> None:
    revoked = parse_revocations("r", f"# lost\n\n{KEY.line()} comment\r\n".encode())
    assert revoked.revokes(KEY)
    assert not revoked.revokes(OTHER)


def test_an_empty_file_revokes_nothing() -> None:
    assert not parse_revocations("r", b"").revokes(KEY)


@pytest.mark.parametrize("line", ["junk", "ann {K}", "SHA256:abc", "ssh-ed25519 AAAA", "cert-authority {K}"])
def test_a_damaged_line_stops_with_its_number(line: str) -> None:
    content = f"{OTHER.line()}\n{line}\n".replace("{K}", KEY.line()).encode()
    with pytest.raises(UserError, match="Line 2 of the revocation file team/revoked") as refused:
        parse_revocations("team/revoked", content)
    assert "which keys are revoked" in refused.value.hint


def test_a_list_cut_short_anywhere_stops(tmp_path: Path) -> None:
    content = made_by_ssh_keygen(tmp_path)
    whole = parse_revocations("r", content)
    assert whole.revokes(KEY)
    assert whole.revokes(OTHER)
    for length in range(1, len(content)):
        try:
            cut = parse_revocations("r", content[:length])
        except UserError:
            continue
        # Only a cut between two sections leaves a list that is sound in itself; no format can tell.
        assert length in section_ends(content)
        assert cut.sha256 <= whole.sha256


def section_ends(content: bytes) -> set[int]:
    at = 12 + 24
    for _ in range(2):
        at += 4 + int.from_bytes(content[at : at + 4], "big")
    ends = {at}
    while at < len(content):
        at += 5 + int.from_bytes(content[at + 1 : at + 5], "big")
        ends.add(at)
    return ends


@pytest.mark.parametrize(
    "content",
    [
        MAGIC,
        MAGIC + uint32(2) + HEADER[12:],
        HEADER + section(9, b""),
        HEADER + section(2, b"\0\0\0\x09short"),
        HEADER + section(3, string(bytes(32))),
        HEADER + section(5, string(bytes(20))),
        HEADER + section(255, string(b"new@example.com") + b"\1" + string(b"")),
        HEADER + section(255, b""),
        HEADER + section(4, b"key"),
        HEADER + b"\2",
    ],
)
def test_a_list_that_is_not_understood_stops(content: bytes) -> None:
    with pytest.raises(UserError, match="key revocation list team/krl cannot be read") as refused:
        parse_revocations("team/krl", content)
    assert "ssh-keygen -k" in refused.value.hint


def test_sections_that_concern_no_plain_key_are_passed_over() -> None:
    content = (
        HEADER
        + section(1, string(b"") + string(b"") + b"\x23" + string(string(b"id")))
        + section(255, string(b"new@example.com") + b"\0" + string(b""))
        + section(2, string(KEY.blob))
        + section(4, b"signing key")
        + string(b"signature")
    )
    revoked = parse_revocations("r", content)
    assert revoked.revokes(KEY)
    assert not revoked.revokes(OTHER)
