"""Trust agrees with the stock ssh-keygen on whole allowed-signers files."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kbis.log.allowed_signers import format_line
from kbis.log.new_key import make_key
from kbis.log.private_key import read_private_key
from kbis.log.pubkey import PublicKey
from kbis.log.signer import FileSigner
from kbis.log.sshsig import NAMESPACE, armor, preimage
from kbis.log.trust import Trust, Trusted, TrustFile
from kbis.log.trust_files import load_trust, system_local_time

MESSAGE = b"a fact"
NOON = "20240701120000Z"
NAMES = ("ann", "bob@x.org", "*@x.org", "a b", "c", "eve@x.org", "!eve@x.org", "?nn", "dan", "*", "")

FILES = {
    "one name": "ann {K}",
    "comment after the key": "ann {K} a comment, with \"quotes' and #",
    "several names": "bob@x.org,ann {K}",
    "several blanks and tabs": " \t ann  \t {K}",
    "carriage returns": "ann {K}\r\n\r\n",
    "comments and blank lines": "# ann {O}\n\n  \t\n  # {K}\nann {K}",
    "quoted names": '"a b,c" {K}',
    "quoted and closed too late": '"ann {K}',
    "a pattern": "*@x.org {K}",
    "a negated pattern first": "!eve@x.org,*@x.org {K}",
    "a negated pattern last": "*@x.org,!eve@x.org {K}",
    "negated patterns alone": "!eve@x.org {K}",
    "question mark": "?nn {K}",
    "another key": "ann {O}",
    "the second line": "ann {O}\nbob@x.org {K}",
    "the right namespace": 'ann namespaces="kbis-event@v1" {K}',
    "namespaces in capitals": 'ann NameSpaces="kbis-event@v1" {K}',
    "one of several namespaces": 'ann namespaces="git,kbis-event@v1" {K}',
    "a namespace pattern": 'ann namespaces="kbis-*" {K}',
    "a namespace pattern of one letter": 'ann namespaces="kbis-event@v?" {K}',
    "a negated namespace": 'ann namespaces="*,!kbis-event@v1" {K}',
    "another negated namespace": 'ann namespaces="!git,*" {K}',
    "another namespace": 'ann namespaces="git" {K}',
    "an empty namespace list": 'ann namespaces="" {K}',
    "namespace in other case": 'ann namespaces="KBIS-EVENT@V1" {K}',
    "namespaces without quotes": "ann namespaces=kbis-event@v1 {K}",
    "namespaces not closed": 'ann namespaces="kbis-event@v1 {K}',
    "namespaces twice": 'ann namespaces="*",namespaces="*" {K}',
    "an escaped quote": 'ann namespaces="a\\"b,kbis-*" {K}',
    "a backslash": 'ann namespaces="a\\b,kbis-*" {K}',
    "blanks in a value": 'ann namespaces="a b,kbis-event@v1" {K}',
    "a second line for another namespace": 'ann namespaces="git" {K}\ndan namespaces="kbis-*" {K}',
    "two lines, both good": "bob@x.org {K}\nann {K}",
    "an expired line before a good one": 'ann valid-before="20200101Z" {K}\ndan {K}',
    "a certificate authority": "ann cert-authority {K}",
    "a certificate authority and options": 'ann cert-authority,namespaces="*" {K}',
    "a certificate authority in capitals": "ann CERT-AUTHORITY {K}",
    "authority, then plain": "ann cert-authority {K}\ndan {K}",
    "an unknown option": "ann no-pty {K}",
    "an unknown valued option": 'ann from="*" {K}',
    "a flag with a value": 'ann cert-authority="x" {K}',
    "an option without its value": "ann namespaces {K}",
    "options that end in a comma": 'ann namespaces="*", {K}',
    "options that start with a comma": 'ann ,namespaces="*" {K}',
    "two commas": 'ann namespaces="*",,valid-before="20300101Z" {K}',
    "options not separated": 'ann namespaces="*"valid-before="20300101Z" {K}',
    "options apart": 'ann namespaces="*" valid-before="20300101Z" {K}',
    "options before names": 'namespaces="*" ann {K}',
    "no name": "{K}",
    "no key": "ann",
    "options and no key": 'ann namespaces="*"',
    "a key cut short": "ann {K:.40}",
    "a key with junk inside": "ann ssh-ed25519 {B:.20}!{B:.20}",
    "a false type": "ann ssh-rsa {B}",
    "an unknown type": "ann ssh-foo {B}",
    "junk before a good line": "\x01\x02 junk\nann\nann no-pty {K}\nann {K}",
    "an RSA key before a good line": "ann {R}\ndan {K}",
    "a key of another type": "ann {R}",
    "an empty file": "",
    "valid after, long ago": 'ann valid-after="20200101Z" {K}',
    "valid after, to come": 'ann valid-after="20300101Z" {K}',
    "valid before, to come": 'ann valid-before="20300101Z" {K}',
    "valid before, long ago": 'ann valid-before="20200101Z" {K}',
    "between": 'ann valid-after="20200101Z",valid-before="20300101Z" {K}',
    "limits the wrong way round": 'ann valid-after="20300101Z",valid-before="20200101Z" {K}',
    "limits that coincide": f'ann valid-after="{NOON}",valid-before="{NOON}" {{K}}',
    "limits in two zones that coincide": 'ann valid-after="202407011200Z",valid-before="20240701120000utc" {K}',
    "valid after twice": 'ann valid-after="20200101Z",valid-after="20200101Z" {K}',
    "minutes": 'ann valid-after="202001011200Z" {K}',
    "seconds": 'ann valid-after="20200101120000Z" {K}',
    "hours alone": 'ann valid-after="2020010112Z" {K}',
    "the epoch itself": 'ann valid-after="19700101Z" {K}',
    "before the epoch": 'ann valid-before="19690101Z" {K}',
    "a month that is none": 'ann valid-after="20201301Z" {K}',
    "a date with dashes": 'ann valid-after="2020-01-01" {K}',
    "no date": 'ann valid-after="" {K}',
    "always": 'ann valid-after="always" {K}',
}


@dataclass(frozen=True)
class Oracle:
    """A signature, and the stock ssh-keygen to judge it."""

    place: Path
    public: PublicKey
    other: PublicKey
    rsa: str
    zone: str = "UTC"

    def fill(self, template: str) -> str:
        encoded = self.public.line().split()[1]
        return template.format(K=self.public.line(), O=self.other.line(), R=self.rsa, B=encoded)

    def run(self, action: str, text: str, at: str, *options: str | Path) -> subprocess.CompletedProcess[str]:
        (self.place / "allowed").write_bytes(text.encode())
        files = ["-s", str(self.place / "sig"), "-f", str(self.place / "allowed")]
        return subprocess.run(
            ["ssh-keygen", "-Y", action, f"-Overify-time={at}", *files, *map(str, options)],
            input=MESSAGE.decode(),
            env={"TZ": self.zone, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    def accepts(self, text: str, name: str, at: str = NOON) -> bool:
        return self.run("verify", text, at, "-I", name, "-n", NAMESPACE).returncode == 0

    def principals(self, text: str, at: str = NOON) -> list[str]:
        return self.run("find-principals", text, at).stdout.splitlines()


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    place = tmp_path_factory.mktemp("trust")
    public = make_key(place / "k", "")
    signature = FileSigner(read_private_key(place / "k"), lambda _: None).sign(preimage(MESSAGE))
    (place / "sig").write_text(armor(public, signature))
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", place / "rsa"], check=True)
    return Oracle(place, public, make_key(place / "o", ""), (place / "rsa.pub").read_text().strip())


def utc(naive: datetime) -> int:
    return int(naive.replace(tzinfo=UTC).timestamp())


def milliseconds(text: str) -> int:
    return utc(datetime.strptime(text, "%Y%m%d%H%M%SZ")) * 1000  # noqa: DTZ007


def trust_in(text: str) -> Trust:
    return Trust.parse([TrustFile("allowed", text.encode())], None, utc)


@pytest.mark.parametrize("template", FILES.values(), ids=FILES.keys())
def test_a_key_counts_exactly_when_ssh_keygen_accepts_it_under_some_name(
    oracle: Oracle, template: str
) -> None:
    text = oracle.fill(template)
    answer = trust_in(text).principal(oracle.public.fingerprint, milliseconds(NOON), NAMESPACE)
    if isinstance(answer, Trusted):
        assert oracle.accepts(text, answer.principal)
    else:
        assert [name for name in NAMES if oracle.accepts(text, name)] == []


@pytest.mark.parametrize("template", FILES.values(), ids=FILES.keys())
def test_principals_are_those_that_ssh_keygen_finds(oracle: Oracle, template: str) -> None:
    text = oracle.fill(template)
    now_s = milliseconds(NOON) // 1000
    lines = [
        line.principals.split(",")
        for line in trust_in(text).signers
        if line.key == oracle.public
        and (line.principal is None or replace(line, namespaces=None).refusal(now_s, "any") is None)
    ]
    assert oracle.principals(text) == (lines[0] if lines else [])


LIMITS = [
    "20240701",
    "20240701Z",
    "202407011200",
    "202407011200Z",
    "20240115",
    "20240331023000",
    "20240701UTC",
]
MOMENTS = ["20240630225959Z", "20240630230000Z", "20240630230001Z", "20240701000000Z", "20240701000001Z"]
MOMENTS += ["20240701105959Z", "20240701110000Z", "20240701110001Z", "20240701120000Z", "20240701120001Z"]
MOMENTS += ["20240114225959Z", "20240114230000Z", "20240114230001Z", "20240331013000Z", "20240331013001Z"]


@pytest.fixture(params=["UTC", "Europe/Berlin", "America/St_Johns"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("limit", LIMITS)
def test_validity_agrees_with_ssh_keygen_to_the_second(oracle: Oracle, zone: str, limit: str) -> None:
    here = replace(oracle, zone=zone)
    for option in ("valid-after", "valid-before"):
        text = f'ann {option}="{limit}" {oracle.public.line()}'
        trust = Trust.parse([TrustFile("allowed", text.encode())], None, system_local_time)
        edge_s = trust.signers[0].valid_after_s or trust.signers[0].valid_before_s
        assert edge_s is not None
        edges = [datetime.fromtimestamp(edge_s + d, UTC).strftime("%Y%m%d%H%M%SZ") for d in (-1, 0, 1)]
        for moment in edges if limit != LIMITS[0] else [*edges, *MOMENTS]:
            answer = trust.principal(oracle.public.fingerprint, milliseconds(moment) + 999, NAMESPACE)
            assert isinstance(answer, Trusted) == here.accepts(text, "ann", moment), (option, moment)


def test_a_line_written_by_kbis_is_accepted_for_its_events_alone(oracle: Oracle) -> None:
    text = format_line("ann@example.com", oracle.public, NAMESPACE) + "\n"
    assert oracle.accepts(text, "ann@example.com")
    assert trust_in(text).principal(oracle.public.fingerprint, 0, NAMESPACE) == Trusted(
        "ann@example.com", oracle.public
    )
    assert trust_in(text).principal(oracle.public.fingerprint, 0, "git") != Trusted(
        "ann@example.com", oracle.public
    )


def revocation_file(oracle: Oracle, kind: str) -> Path:
    """A file that revokes the key, in each form that OpenSSH reads."""
    path = oracle.place / f"revoked-{kind}"
    path.unlink(missing_ok=True)
    line = oracle.public.line()
    if kind == "list":
        path.write_text(f"# gone\n\n{oracle.rsa}\n  {line} stolen laptop\n")
    elif kind == "krl":
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", path, oracle.place / "k.pub"], check=True)
    else:
        specification = {
            "sha1": f"sha1: {line}\nserial: 1-9\nid: someone\n",
            "sha256": f"sha256: {line}\n",
            "hash": f"hash: {oracle.public.sha256_text}\nkey: {oracle.rsa}\n",
            "another": f"sha1: {oracle.other.line()}\nkey: {oracle.other.line()}\n",
        }[kind]
        (oracle.place / "specification").write_text(specification)
        arguments = ("-f", path, "-s", oracle.place / "o.pub", oracle.place / "specification")
        subprocess.run(["ssh-keygen", "-q", "-k", *map(str, arguments)], check=True)
    return path


@pytest.mark.parametrize("kind", ["list", "krl", "sha1", "sha256", "hash", "another"])
def test_revocation_agrees_with_ssh_keygen(oracle: Oracle, kind: str) -> None:
    path = revocation_file(oracle, kind)
    text = f"ann {oracle.public.line()}\n"
    done = oracle.run("verify", text, NOON, "-I", "ann", "-n", NAMESPACE, "-r", path)
    answer = load_trust([oracle.place / "allowed"], path).principal(oracle.public.fingerprint, 0, NAMESPACE)
    assert isinstance(answer, Trusted) == (done.returncode == 0) == (kind == "another")


@pytest.mark.parametrize("content", ["junk\n", "ssh-ed25519 AAAA\n", "ann {K}\n", "SSHKRL\n\0junk"])
def test_ssh_keygen_also_trusts_nobody_when_the_revocation_file_is_damaged(
    oracle: Oracle, content: str
) -> None:
    path = oracle.place / "damaged"
    path.write_text(oracle.fill(content))
    text = f"ann {oracle.public.line()}\n"
    assert oracle.accepts(text, "ann")
    done = oracle.run("verify", text, NOON, "-I", "ann", "-n", NAMESPACE, "-r", path)
    assert done.returncode != 0
