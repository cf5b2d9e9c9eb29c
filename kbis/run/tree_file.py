"""A file as a commit has it, for repositories without a working tree."""

import pygit2

from kbis.log.repository import Repository


def file_at(repository: Repository, revision: bytes, path: str) -> bytes | None:
    """Return a file's content in a commit's tree, or None where there is no such file."""
    tree = repository.git[pygit2.Oid(raw=revision)].peel(pygit2.Tree)
    try:
        return tree[path].peel(pygit2.Blob).data
    except (KeyError, pygit2.GitError):
        return None
