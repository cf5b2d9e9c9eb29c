"""Opening the user's repository, with a plain word where libgit2 refuses it.

libgit2 reads neither SHA-256 object names nor reftable refs; git reads them all. The refusal is met here, once, so
that it can be explained.
"""

from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType, RepositoryOpenFlag

from kbis.errors import UserError
from kbis.log.durable import wait_for_disk
from kbis.log.kinds import OID_BYTES

NO_ROOT = bytes(OID_BYTES)
"""The root commit of a repository that has no commit at all; a log imported there binds to nothing."""

CACHED_TREE_BYTES = 64 * 1024
"""Largest tree that is kept parsed: some 1,500 notes in one directory, 400,000 in 256 of them."""

CACHE_BYTES = 32 * 1024 * 1024
"""Most bytes of parsed objects that are kept."""

_EXTENSIONS = ["partialclone"]
"""Of git's repository extensions, those that libgit2 refuses and kbis can live with: see `kbis.log.promised`."""

_REFUSALS = {
    "object format": (
        "uses SHA-256 object names, which libgit2 cannot read",
        "Use a SHA-1 clone: git init --object-format=sha1, then fetch the history again from upstream.",
    ),
    "refstorage": (
        "keeps its refs as reftable, which libgit2 cannot read",
        "Run git refs migrate --ref-format=files in it, then try again.",
    ),
}


@dataclass(frozen=True)
class Repository:
    """An open repository.

    Attributes:
        git: The libgit2 handle.
        directory: The common git directory, shared by all worktrees.
    """

    git: pygit2.Repository
    directory: Path

    def root(self, revision: bytes) -> bytes:
        """Return the root commit at the end of the first-parent line of a commit (20 bytes).

        Raises:
            UserError: the commit is not here.
        """
        oid = pygit2.Oid(raw=revision)
        if not isinstance(self.git.get(oid), pygit2.Commit):
            raise UserError(f"The commit {oid} is not in {self.directory}.", "Fetch it, then try again.")
        walk = self.git.walk(oid)
        walk.simplify_first_parent()
        last = revision
        for commit in walk:
            last = commit.id.raw
        return last

    def has_root(self, root: bytes) -> bool:
        """Tell whether a root commit (20 bytes) names this repository."""
        return root == NO_ROOT or pygit2.Oid(raw=root) in self.git


def open_repository(path: Path) -> Repository:
    """Open the git repository that `path` lies in.

    Raises:
        UserError: there is none, or libgit2 cannot read it, or it is a shallow clone.
    """
    # An acknowledged event must survive a power cut, not only a kill.
    wait_for_disk(True)
    pygit2.settings.set_extensions(_EXTENSIONS)
    # libgit2 keeps no tree over 4 KiB by default, and then parses the root of the notes anew for every note.
    pygit2.settings.cache_object_limit(ObjectType.TREE, CACHED_TREE_BYTES)
    pygit2.settings.cache_max_size(CACHE_BYTES)
    try:
        found = pygit2.discover_repository(str(path))
        if found is None:
            raise UserError(
                f"{path} is not in a git repository.",
                "Change into the kernel's git tree, or name it with -C DIRECTORY.",
            )
        repo = pygit2.Repository(found, RepositoryOpenFlag.NO_SEARCH)
    except (pygit2.GitError, ValueError) as why:
        for word, (what, hint) in _REFUSALS.items():
            if word in str(why).replace("_", "").lower():
                raise UserError(f"The repository at {path} {what}.", hint) from why
        raise UserError(
            f"The repository at {path} cannot be opened: {why}.",
            "Check it with git status; if git reads it, please report this message.",
        ) from why
    opened = Repository(repo, _common_directory(Path(repo.path)))
    if (opened.directory / "shallow").exists():
        raise UserError(
            f"The repository at {path} is a shallow clone: part of the history is missing.",
            "Fetch the rest with git fetch --unshallow, then try again.",
        )
    return opened


def _common_directory(git_directory: Path) -> Path:
    """Follow a linked worktree to the directory that all worktrees share (gitrepository-layout, commondir)."""
    try:
        link = (git_directory / "commondir").read_text().strip()
    except OSError:
        return git_directory.resolve()
    return (git_directory / link).resolve()
