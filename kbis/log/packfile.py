"""Writing a pack: many objects as two files (gitformat-pack(5), version 2 of packs and of their indexes).

libgit2's builder looks for deltas, which takes 180 µs an object and more than everything else about an event together.
There are none here; git makes them when it next repacks.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from kbis.log.pending import Made

MOST_BYTES = 2**31 - 1
"""Longest pack whose index needs no 64-bit offsets."""

_LEVEL = 1
"""For speed; git compresses again when it repacks."""

_INDEX_MAGIC = b"\xfftOc"
_VERSION = 2


@dataclass(frozen=True)
class Pack:
    """A pack in memory: its name among git's packs, its content and that of its index."""

    name: str
    content: bytes
    index: bytes


def make_pack(made: Made) -> Pack:
    """Return the pack that holds objects, none of them as a delta.

    Raises:
        ValueError: it would be longer than `MOST_BYTES`.
    """
    content = bytearray(struct.pack(">4sII", b"PACK", _VERSION, len(made)))
    rows = []
    for oid, (kind, data) in made.items():
        start = len(content)
        content += bytes(_header(int(kind), len(data)))
        content += zlib.compress(data, _LEVEL)
        rows.append((oid.raw, zlib.crc32(memoryview(content)[start:]), start))
    checksum = hashlib.sha1(content, usedforsecurity=False).digest()
    content += checksum
    if len(content) > MOST_BYTES:
        raise ValueError(f"a pack of {len(content)} bytes is over the limit of {MOST_BYTES}")
    return Pack(f"pack-{checksum.hex()}", bytes(content), _index(sorted(rows), checksum))


def _header(kind: int, size: int) -> Iterator[int]:
    """Yield kind and size of an object: four bits of the size in the first byte, seven in each that follows."""
    byte, size = kind << 4 | size & 15, size >> 4
    while size:
        yield byte | 128
        byte, size = size & 127, size >> 7
    yield byte


def _index(rows: list[tuple[bytes, int, int]], checksum: bytes) -> bytes:
    """Return the index of rows of id, CRC-32 and offset, sorted by id."""
    counts = [0] * 256
    for oid, _, _ in rows:
        counts[oid[0]] += 1
    for byte in range(1, 256):
        counts[byte] += counts[byte - 1]
    body = b"".join(
        (
            struct.pack(">4sI256I", _INDEX_MAGIC, _VERSION, *counts),
            b"".join(oid for oid, _, _ in rows),
            struct.pack(f">{len(rows)}I", *(crc for _, crc, _ in rows)),
            struct.pack(f">{len(rows)}I", *(offset for _, _, offset in rows)),
            checksum,
        )
    )
    return body + hashlib.sha1(body, usedforsecurity=False).digest()
