"""The git trees of commits, read from the user's repository by git itself, which minds its replace refs."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from kbis.bisect.kernels import Trees
from kbis.run.git_output import git_output


def load_trees(repository: Path, commits: Iterable[bytes]) -> Trees:
    """Read the trees of commits that are here (82,000 of them take half a second).

    Args:
        repository: Any directory of the repository.
        commits: Commit ids, 20 bytes each.

    Raises:
        InfraError: git is missing or failed; a commit is not here.
    """
    asked = "".join(f"{each.hex()}\n" for each in sorted(set(commits)))
    if not asked:
        return Trees()
    listing = git_output(repository, "rev-list", "--no-walk", "--format=%T", "--stdin", asked=asked)
    return Trees.read(_pairs(listing))


def _pairs(listing: str) -> Iterator[tuple[bytes, bytes]]:
    """Read pairs of lines, `commit ID` and the tree's id."""
    lines = iter(listing.splitlines())
    for commit, tree in zip(lines, lines, strict=True):
        yield bytes.fromhex(commit.removeprefix("commit ")), bytes.fromhex(tree)
