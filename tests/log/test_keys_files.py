"""Private key files: made here and read by ssh-keygen, made by ssh-keygen and read here."""

import base64
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kbis.errors import IntegrityError, KbisError, UserError
from kbis.log.new_key import make_key
from kbis.log.private_key import WrongPassphraseError, read_private_key
from kbis.log.pubkey import WrongKeyTypeError
from kbis.log.signer import PASSPHRASE_TRIES, FileSigner


def keygen(*args: str | Path) -> str:
    done = subprocess.run(["ssh-keygen", *map(str, args)], capture_output=True, text=True, check=True)
    return done.stdout


def nobody(path: Path) -> None:
    raise AssertionError(f"no passphrase is needed for {path}")


def answering(*answers: str | None) -> Callable[[Path], str | None]:
    left: Iterator[str | None] = iter(answers)
    return lambda _: next(left)


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    path = tmp_path / "locked"
    keygen("-q", "-t", "ed25519", "-N", "open sesame", "-a", "1", "-f", path)
    return path


def test_ssh_keygen_reads_a_key_made_here(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    public = make_key(path, "ann's machine")
    assert keygen("-y", "-f", path).split()[:2] == public.line().split()[:2]
    assert keygen("-l", "-f", f"{path}.pub").split()[1:4] == [public.sha256_text, "ann's", "machine"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    signer = FileSigner(read_private_key(path), nobody)
    assert signer.public == public
    assert public.verify(b"m", signer.sign(b"m"))


@pytest.mark.parametrize("there", ["key", "key.pub"])
def test_a_new_key_never_replaces_a_file(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("precious")
    with pytest.raises(UserError, match="already"):
        make_key(tmp_path / "key", "c")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(there, "precious")]


def test_a_new_key_does_not_follow_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="already"):
        make_key(tmp_path / "key", "c")
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "key", tmp_path / "file" / "deeper" / "key"):
        with pytest.raises(KbisError):
            make_key(path, "c")


def test_a_key_with_a_passphrase_shows_its_public_half_without_it(locked: Path) -> None:
    file = read_private_key(locked)
    assert file.encrypted
    assert file.public.line() == " ".join((locked.parent / "locked.pub").read_text().split()[:2])


def test_a_passphrase_is_asked_once_and_only_when_signing(locked: Path) -> None:
    signer = FileSigner(read_private_key(locked), answering("open sesame"))
    assert signer.public.verify(b"1", signer.sign(b"1"))
    assert signer.public.verify(b"2", signer.sign(b"2"))


def test_a_mistyped_passphrase_is_asked_for_again(locked: Path) -> None:
    signer = FileSigner(read_private_key(locked), answering("open", "open sesame"))
    assert signer.public.verify(b"m", signer.sign(b"m"))


def test_a_wrong_passphrase_ends_after_three_tries(locked: Path) -> None:
    signer = FileSigner(read_private_key(locked), answering(*["wrong"] * PASSPHRASE_TRIES))
    with pytest.raises(WrongPassphraseError, match=str(locked)):
        signer.sign(b"m")


def test_nobody_to_ask_is_said_with_the_way_out(locked: Path) -> None:
    with pytest.raises(UserError, match="needs its passphrase") as refused:
        FileSigner(read_private_key(locked), answering(None)).sign(b"m")
    assert f"ssh-add {locked}" in refused.value.hint


WITHOUT_BCRYPT = """
import sys
from pathlib import Path
sys.modules["bcrypt"] = None
from kbis.errors import UserError
from kbis.log.private_key import read_private_key
try:
    read_private_key(Path(sys.argv[1])).unlock("open sesame")
except UserError as error:
    print(error, error.hint)
"""


def test_without_the_bcrypt_package_the_way_out_is_said(locked: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_BCRYPT, locked],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "has a passphrase that cannot be used here" in said
    assert f"ssh-add {locked}" in said


@pytest.mark.parametrize(
    ("options", "named"),
    [(("-t", "rsa", "-b", "2048"), "ssh-rsa"), (("-t", "ecdsa"), "ecdsa-sha2-nistp256")],
)
def test_a_private_key_of_another_type_is_refused_by_name(
    tmp_path: Path, options: tuple[str, ...], named: str
) -> None:
    keygen("-q", "-N", "", "-f", tmp_path / "k", *options)
    with pytest.raises(WrongKeyTypeError, match=f"{tmp_path / 'k'}.*{named}"):
        read_private_key(tmp_path / "k")


def test_a_key_others_can_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "k", "c")
    (tmp_path / "k").chmod(0o640)
    with pytest.raises(UserError, match="read by others") as refused:
        read_private_key(tmp_path / "k")
    assert refused.value.hint == f"Run 'chmod 600 {tmp_path / 'k'}'."


@pytest.mark.parametrize(
    "content", [b"", b"junk", b"\xff\xfe", b"-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END"]
)
def test_a_file_that_is_no_private_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UserError, match=f"{path} is no private key"):
        read_private_key(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        read_private_key(tmp_path / "k")


@pytest.mark.parametrize("half", ["public", "secret"])
def test_halves_that_do_not_belong_together_are_refused(tmp_path: Path, half: str) -> None:
    mine, other = make_key(tmp_path / "k", ""), make_key(tmp_path / "other", "")
    seeds = [read_private_key(tmp_path / name).unlock(None).private_bytes_raw() for name in ("k", "other")]
    old, new = (mine.blob, other.blob) if half == "public" else seeds
    first, *body, last = (tmp_path / "k").read_text().strip().split("\n")
    raw = base64.b64decode("".join(body))
    assert old in raw
    forged = base64.encodebytes(raw.replace(old, new, 1)).decode()
    (tmp_path / "k").write_text(f"{first}\n{forged}{last}\n")
    with pytest.raises(IntegrityError, match="damaged"):
        FileSigner(read_private_key(tmp_path / "k"), nobody).sign(b"m")
