"""Archives for an initramfs in the "newc" format, written without root and always in the same bytes.

The format is that of Documentation/driver-api/early-userspace/buffer-format.rst and cpio(5).
"""

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PATH_LIMIT: Final = 4096
"""The kernel ignores an entry whose name, with the final NUL, is longer (PATH_MAX, init/initramfs.c)."""

_NAME_LIMIT = 255
_BLOCK = 512
_TRAILER = "TRAILER!!!"


@dataclass(frozen=True, slots=True)
class File:
    """A regular file."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory; where it is there already, it stays and only takes the mode."""

    path: str
    mode: int = 0o755


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Device:
    """A character device."""

    path: str
    major: int
    minor: int
    mode: int = 0o600


Entry = File | Directory | Symlink | Device


def archive(entries: Iterable[Entry]) -> bytes:
    """Write an archive: entries in the order given, times 0, owner root, inode numbers from 1.

    Directories must come before what is in them: the kernel makes none by itself. The length is a multiple of 512,
    so that another archive, packed or not, can follow.

    Args:
        entries: What goes in; paths are relative to the root, without "." and "..".

    Raises:
        ValueError: a path cannot be in an archive.
    """
    out = bytearray()
    for number, entry in enumerate(entries, 1):
        _append(out, number, entry)
    _record(out, 0, _TRAILER, 0, b"", links=1)
    return bytes(padded(out, _BLOCK))


def joined(*archives: bytes) -> bytes:
    """Put archives behind one another; a file that comes twice is the later one.

    A part may be packed in any way that the kernel unpacks. A plain part must begin at a multiple of 4
    (init/initramfs.c), and between parts there may be any number of zero bytes. Put packed parts last: what follows
    one packed by lz4's old format would be taken for more of it.
    """
    out = bytearray()
    for each in archives:
        out = padded(out, _BLOCK)
        out += each
    return bytes(out)


def padded(content: bytearray, block: int) -> bytearray:
    """The content with zero bytes up to a multiple of a block."""
    return content + bytes(-len(content) % block)


def _append(out: bytearray, number: int, entry: Entry) -> None:
    check_path(entry.path)
    match entry:
        case File(path, content, mode):
            _record(out, number, path, stat.S_IFREG | mode, content, links=1)
        case Directory(path, mode):
            _record(out, number, path, stat.S_IFDIR | mode, b"", links=2)
        case Symlink(path, target):
            _record(out, number, path, stat.S_IFLNK | 0o777, target.encode(), links=1)
        case Device(path, major, minor, mode):
            _record(out, number, path, stat.S_IFCHR | mode, b"", links=1, device=(major, minor))


def check_path(path: str) -> None:
    """Raise `ValueError` unless a path stays below the root and the kernel takes it."""
    parts = path.split("/")
    if not path or "\0" in path or {"", ".", ".."} & set(parts) or path == _TRAILER:
        raise ValueError(f"{path!r} is no path of an archive")
    encoded = path.encode("utf-8", "surrogateescape")
    if len(encoded) >= PATH_LIMIT or any(
        len(p.encode("utf-8", "surrogateescape")) > _NAME_LIMIT for p in parts
    ):
        raise ValueError(f"the path {path[:60]!r}... is too long")


def _record(
    out: bytearray,
    number: int,
    path: str,
    mode: int,
    content: bytes,
    links: int,
    device: tuple[int, int] = (0, 0),
) -> None:
    if len(content) > 0xFFFFFFFF:
        raise ValueError(f"{path!r} is larger than 4 GiB")
    name = path.encode("utf-8", "surrogateescape") + b"\0"
    # ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
    fields = (number, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0)
    out += b"070701" + b"".join(b"%08X" % each for each in fields) + name
    out += bytes(-len(out) % 4)
    out += content
    out += bytes(-len(out) % 4)
