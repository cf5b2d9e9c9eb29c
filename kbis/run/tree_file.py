"""A file as a commit has it, for repositories without a working tree."""

from pathlib import Path

import pygit2

from kbis.log.promised import promisors
from kbis.log.repository import Repository
from kbis.run.git_output import git_run


def file_at(repository: Repository, revision: bytes, path: str) -> bytes | None:
    """Return a file's content in a commit's tree, or None where there is no such file."""
    found = _read(repository.git, revision, path)
    if found is None and promisors(repository):
        where = Path(repository.git.workdir or repository.git.path)
        # git fetches what a partial clone lacks as soon as it looks for it (partial-clone(7)).
        git_run(where, "cat-file", "-e", f"{revision.hex()}:{path}")
        found = _read(repository.git, revision, path)
    return found


def _read(git: pygit2.Repository, revision: bytes, path: str) -> bytes | None:
    try:
        return git[pygit2.Oid(raw=revision)].peel(pygit2.Tree)[path].peel(pygit2.Blob).data
    except (KeyError, pygit2.GitError):
        return None
