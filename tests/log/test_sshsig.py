"""SSH signatures, with the stock ssh-keygen as the oracle."""

import subprocess
from pathlib import Path

import pytest

from kbis.errors import IntegrityError, KbisError
from kbis.log.private_key import read_private_key
from kbis.log.pubkey import PublicKey
from kbis.log.signer import FileSigner
from kbis.log.sshsig import NAMESPACE, Container, armor, container, dearmor, open_container, preimage
from kbis.log.sshwire import string

MESSAGE = b"facts\0and bytes \xff"


def keygen(*args: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["ssh-keygen", *map(str, args)], input=stdin, capture_output=True, check=False)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "id"
    assert keygen("-q", "-t", "ed25519", "-N", "", "-C", "ann@example.com", "-f", path).returncode == 0
    return path


@pytest.fixture(scope="module")
def signer(key: Path) -> FileSigner:
    return FileSigner(read_private_key(key), lambda _: None)


def ssh_keygen_accepts(
    tmp_path: Path, public: PublicKey, text: str, message: bytes, namespace: str = NAMESPACE
) -> bool:
    (tmp_path / "allowed").write_text(f"ann {public.line()}\n")
    (tmp_path / "sig").write_text(text)
    arguments = ("-f", tmp_path / "allowed", "-I", "ann", "-n", namespace, "-s", tmp_path / "sig")
    return keygen("-Y", "verify", *arguments, stdin=message).returncode == 0


def signed_by_ssh_keygen(key: Path, message: bytes, namespace: str = NAMESPACE, *options: str) -> str:
    done = keygen("-Y", "sign", "-q", "-f", key, "-n", namespace, *options, stdin=message)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_ssh_keygen_accepts_what_kbis_signs(tmp_path: Path, signer: FileSigner) -> None:
    text = armor(signer.public, signer.sign(preimage(MESSAGE)))
    assert ssh_keygen_accepts(tmp_path, signer.public, text, MESSAGE)
    assert not ssh_keygen_accepts(tmp_path, signer.public, text, MESSAGE + b".")
    assert not ssh_keygen_accepts(tmp_path, signer.public, text, MESSAGE, "git")


@pytest.mark.parametrize("message", [b"", b"x", MESSAGE, b"long " * 10_000])
def test_kbis_writes_the_same_bytes_as_ssh_keygen(key: Path, signer: FileSigner, message: bytes) -> None:
    assert armor(signer.public, signer.sign(preimage(message))) == signed_by_ssh_keygen(key, message)


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_kbis_accepts_what_ssh_keygen_signs(key: Path, signer: FileSigner, hash_name: str) -> None:
    opened = dearmor(signed_by_ssh_keygen(key, MESSAGE, NAMESPACE, f"-Ohashalg={hash_name}"))
    assert opened == Container(signer.public, NAMESPACE, hash_name, opened.signature)
    assert opened.verify(MESSAGE)


def test_a_signature_of_another_message_is_refused(signer: FileSigner) -> None:
    opened = open_container(container(signer.public, signer.sign(preimage(MESSAGE))))
    assert opened.verify(MESSAGE)
    assert not opened.verify(MESSAGE + b"\n")


def test_a_signature_for_another_namespace_is_refused(key: Path, signer: FileSigner) -> None:
    opened = dearmor(signed_by_ssh_keygen(key, MESSAGE, "git"))
    assert opened.verify(MESSAGE, "git")
    assert not opened.verify(MESSAGE)
    relabelled = Container(opened.public, NAMESPACE, opened.hash_name, opened.signature)
    assert not relabelled.verify(MESSAGE)


def test_every_single_bit_flip_of_a_container_is_refused(signer: FileSigner) -> None:
    blob = container(signer.public, signer.sign(preimage(MESSAGE)))
    accepted = []
    for bit in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            opened = open_container(bytes(flipped))
        except KbisError:
            continue
        if opened.verify(MESSAGE):
            accepted.append(bit)
    assert accepted == []


def test_every_truncation_of_a_container_is_refused(signer: FileSigner) -> None:
    blob = container(signer.public, signer.sign(preimage(MESSAGE)))
    for length in range(len(blob)):
        with pytest.raises(IntegrityError):
            open_container(blob[:length])
    with pytest.raises(IntegrityError):
        open_container(blob + b"\0")


def test_a_signature_has_no_second_container(signer: FileSigner) -> None:
    signature = signer.sign(preimage(MESSAGE))
    blob = container(signer.public, signature)
    reserved = blob.replace(string(b"") + string(b"sha512"), string(b"tag") + string(b"sha512"))
    wrapped = string(b"ssh-ed25519") + string(signature)
    longer = blob.replace(string(wrapped), string(wrapped + b"\0"))
    other_kind = blob.replace(string(wrapped), string(string(b"ssh-rsa") + string(signature)))
    for changed in (reserved, longer, other_kind):
        assert changed != blob
        with pytest.raises(IntegrityError):
            open_container(changed)


def test_an_unknown_version_is_refused_by_name(signer: FileSigner) -> None:
    blob = bytearray(container(signer.public, bytes(64)))
    blob[9] = 2
    with pytest.raises(IntegrityError, match="version is 2"):
        open_container(bytes(blob))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n????\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN PGP SIGNATURE-----\nAAAA\n-----END PGP SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n" + "A" * 100_000 + "\n-----END SSH SIGNATURE-----\n",
    ],
)
def test_text_that_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError, match="no sound SSH signature"):
        dearmor(text)


def test_an_empty_namespace_cannot_be_signed_for() -> None:
    with pytest.raises(ValueError, match="namespace"):
        preimage(MESSAGE, "")
