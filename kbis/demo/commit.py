"""A commit of the demo's history as a value, and the maker that stamps and names it as git would."""

from dataclasses import dataclass
from random import Random

from kbis.demo.change import Change
from kbis.demo.gitobjects import EXECUTABLE, FILE, blob_id, commit_id, tree_id
from kbis.demo.people import Clock, Stamp, zone_of
from kbis.demo.tree import Tree


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit.

    Attributes:
        id: Its id, 40 hex digits.
        parents: The ids of its parents.
        tree: The source.
        message: The whole message.
        author: Who wrote it, and when.
        committer: Who committed it, and when.
        change: What it does; None for a merge.
        carries: The subjects of all changes that are in its tree.
    """

    id: str
    parents: tuple[str, ...]
    tree: Tree
    message: str
    author: Stamp
    committer: Stamp
    change: Change | None
    carries: frozenset[str]


class Committer:
    """Makes commits, each a few hours after the one before."""

    def __init__(self, rng: Random) -> None:
        self._clock = Clock(rng)
        self.made: list[Commit] = []

    def commit(
        self, change: Change, tree: Tree, parents: tuple[Commit, ...], author: str, owner: str
    ) -> Commit:
        """Commit a change.

        Args:
            change: What it does.
            tree: The source after it.
            parents: None or one.
            author: Who wrote it.
            owner: Who commits it.
        """
        carries = frozenset({change.subject}).union(*(parent.carries for parent in parents))
        now = self._clock.tick()
        signers = "\n".join(f"Signed-off-by: {signer}" for signer in dict.fromkeys((author, owner)))
        stamps = Stamp(author, self._clock.earlier(now), zone_of(author)), Stamp(owner, now, zone_of(owner))
        message = _message(change.subject, change.body, signers)
        return self._make(parents, tree, message, stamps, change, carries)

    def merge(
        self, subject: str, text: str, tree: Tree, parents: tuple[Commit, Commit], owner: str
    ) -> Commit:
        """Commit a merge."""
        stamp = Stamp(owner, self._clock.tick(), zone_of(owner))
        carries = parents[0].carries | parents[1].carries
        return self._make(parents, tree, _message(subject, text), (stamp, stamp), None, carries)

    def _make(
        self,
        parents: tuple[Commit, ...],
        tree: Tree,
        message: str,
        stamps: tuple[Stamp, Stamp],
        change: Change | None,
        carries: frozenset[str],
    ) -> Commit:
        files = {
            file.path: (EXECUTABLE if file.executable else FILE, blob_id(file.text))
            for file in tree.files.values()
        }
        ids = tuple(parent.id for parent in parents)
        oid = commit_id(tree_id(files), ids, str(stamps[0]), str(stamps[1]), message)
        commit = Commit(oid, ids, tree, message, *stamps, change, carries)
        self.made.append(commit)
        return commit


def _message(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
