"""docs/format.md is enough: a reader written from that page alone, without kbis, reads the golden examples."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kbis.log import blobs, canon, event, line, union
from tests.log.examples import EXAMPLES

PAGE = (Path(__file__).resolve().parents[2] / "docs/format.md").read_text()
KEYS = [
    *("v", "kind", "repository", "bisection", "object", "key", "parents", "lamport", "time", "nonce", "data"),
    "attachments",
]


class Reader:
    """msgpack as the page has it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        self.at += size
        assert self.at <= len(self.data)
        return self.data[self.at - size : self.at]

    def number(self, size: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "big", signed=signed)

    def value(self) -> Any:
        head = self.number(1)
        if head < 0x80 or head >= 0xE0:
            return head if head < 0x80 else head - 256
        if head < 0x90:
            return self.map(head & 15)
        if head < 0xA0:
            return [self.value() for _ in range(head & 15)]
        if head < 0xC0:
            return self.take(head & 31).decode()
        if head in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[head]
        if 0xC4 <= head <= 0xC6:
            return self.take(self.number(1 << (head - 0xC4)))
        if 0xCC <= head <= 0xD3:
            return self.number(1 << (head & 3), signed=head >= 0xD0)
        if 0xD9 <= head <= 0xDB:
            return self.take(self.number(1 << (head - 0xD9))).decode()
        if head in (0xDC, 0xDD):
            return [self.value() for _ in range(self.number(2 << (head - 0xDC)))]
        assert head in (0xDE, 0xDF), f"{head:#x} is not allowed"
        return self.map(self.number(2 << (head - 0xDE)))

    def map(self, size: int) -> dict[str, Any]:
        pairs = [(self.value(), self.value()) for _ in range(size)]
        assert [key for key, _ in pairs] == sorted({key for key, _ in pairs}, key=str.encode)
        return dict(pairs)


def unbase64(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert base64.urlsafe_b64encode(data).decode().rstrip("=") == text
    return data


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def in_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return list(map(in_json, value))
    return value.hex() if isinstance(value, bytes) else value


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_reader_written_from_the_page_reads_the_example(path: Path) -> None:
    golden = json.loads(path.read_text())
    version, lamport, kind, key, body64, signature64 = golden["line"].split(" ")
    body, signature = unbase64(body64), unbase64(signature64)
    reader = Reader(body)
    value = reader.value()
    assert reader.at == len(body)
    assert sorted(value) == sorted(KEYS)
    assert (version, value["v"]) == ("k1", 1)
    assert (lamport, kind, key) == (f"{value['lamport']:010x}", value["kind"], value["key"][:8].hex())
    identity = hashlib.sha256(b"kbis-event-id-v1\0" + body).hexdigest()
    assert in_json(value) | {"id": identity} == golden["json"]
    blob = base64.b64decode(golden["public_key"].split(" ")[1])
    assert hashlib.sha256(blob).digest() == value["key"]
    digest = hashlib.sha512(body).digest()
    signed = b"SSHSIG" + string(b"kbis-event@v1") + string(b"") + string(b"sha512") + string(digest)
    assert blob.startswith(string(b"ssh-ed25519"))
    Ed25519PublicKey.from_public_bytes(blob[-32:]).verify(signature, signed)


@pytest.mark.parametrize(
    "said",
    [
        f"at most {line.MAX_LINE} bytes",
        f"at most {canon.MAX_DEPTH} arrays and maps",
        f"at most {canon.MAX_ITEMS} entries",
        f"at most {canon.MAX_BYTES} bytes",
        f"0 to {event.MAX_PARENTS} event ids",
        f"0 to {event.MAX_ATTACHMENTS} maps",
        f"({blobs.MAX_NOTE_BYTES} bytes)",
        f"more than {blobs.MAX_NOTE_LINES} newlines",
        f"({blobs.MAX_ATTACHMENT_BYTES} bytes)",
        f"({union.MAX_UNION_BYTES} bytes)",
        f"more than {union.MAX_FOREIGN_ENTRIES} entries",
        f"integer from 1 to {event.MAX_LAMPORT}",
    ],
)
def test_the_limits_on_the_page_are_those_of_the_code(said: str) -> None:
    assert said in re.sub(r"\s+", " ", PAGE)


def test_the_page_names_the_keys_of_the_body_and_of_an_attachment() -> None:
    for name in [*KEYS, "oid", "sha256", "length", "type"]:
        assert re.search(rf"^\| `{name}`", PAGE, re.MULTILINE)
    assert {*event.FRAME, "data", "attachments"} == set(KEYS)
