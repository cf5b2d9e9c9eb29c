"""Ids of git objects, computed as git does (gitformat-loose(5)): the planted truth is known before git has run."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

FILE, EXECUTABLE, DIRECTORY = "100644", "100755", "40000"


def object_id(kind: str, content: bytes) -> str:
    """The SHA-1 of an object, in hex."""
    head = f"{kind} {len(content)}\0".encode("ascii")
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


@lru_cache(maxsize=4096)
def blob_id(text: str) -> str:
    """The id of a file's content."""
    return object_id("blob", text.encode("utf-8"))


def tree_id(files: Mapping[str, tuple[str, str]]) -> str:
    """The id of a directory, with all that is below it.

    Args:
        files: Mode and blob id of every file, by its path.
    """
    below: dict[str, dict[str, tuple[str, str]]] = {}
    entries: list[tuple[str, str, str]] = []
    for path, (mode, blob) in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            below.setdefault(name, {})[rest] = (mode, blob)
        else:
            entries.append((name, mode, blob))
    entries += [(name, DIRECTORY, tree_id(inner)) for name, inner in below.items()]
    # git sorts a directory as if its name ended in a slash.
    entries.sort(key=lambda entry: (entry[0] + "/" if entry[1] == DIRECTORY else entry[0]).encode("utf-8"))
    content = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for name, mode, oid in entries)
    return object_id("tree", content)


def commit_id(tree: str, parents: Sequence[str], author: str, committer: str, message: str) -> str:
    """The id of a commit; author and committer as they stand in it, with time and zone."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {author}", f"committer {committer}", "", message]
    return object_id("commit", "\n".join(lines).encode("utf-8"))
