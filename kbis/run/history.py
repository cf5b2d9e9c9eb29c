"""The history between the ends of a bisection, read from the user's repository by git itself.

Git is asked, and not libgit2, because the candidates must be the ones `git bisect` sees: replace
refs, grafts and the walk's own limits included.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from kbis.bisect.graph import Graph
from kbis.errors import UserError
from kbis.run.git_output import git_failure, git_output, git_run

OID_HEX_DIGITS = 40
"""Hex digits of a SHA-1 object id."""


def load_graph(repository: Path, bad: str, goods: Sequence[str], others: Sequence[str] = ()) -> Graph:
    """Load the candidates between a bad end and its good ends.

    Args:
        repository: Any directory of the repository.
        bad: The bad end, in any form `git rev-parse` understands.
        goods: The good ends, each an ancestor of the bad one; with none, the whole history is loaded.
        others: More revisions that were judged. They and what they contain beyond the good ends are
            loaded too, so that a good verdict beside the candidates excludes what it should.

    Raises:
        UserError: The repository is none, or shallow, or has SHA-256 ids; an end is no commit in it; a
            good end is not an ancestor of the bad end, or is the bad end.
        InfraError: git is missing or failed.
    """
    _refuse_shallow(repository)
    bad_id, *rest = resolve(repository, [bad, *goods, *others])
    good_ids, other_ids = rest[: len(goods)], rest[len(goods) :]
    for name, good_id in zip(goods, good_ids, strict=True):
        if good_id == bad_id:
            raise UserError(
                f"The good end {name} and the bad end {bad} are the same commit.",
                "Give an older commit, without the crash, as the good end.",
            )
        if not _is_ancestor(repository, good_id, bad_id):
            raise _not_an_ancestor(repository, (name, good_id), (bad, bad_id))
    ends = [bad_id, *other_ids, *(f"^{good_id}" for good_id in good_ids)]
    listing = git_output(repository, "rev-list", "--parents", "--timestamp", "--stdin", asked="\n".join(ends))
    return Graph.of(_rows(listing))


def resolve(repository: Path, names: Sequence[str]) -> list[str]:
    """Turn names of commits into full object ids (hex).

    Raises:
        UserError: A name means no commit, or more than one; or the repository has SHA-256 ids.
        InfraError: git is missing or failed.
    """
    for name in names:
        if not name or not name.isprintable():
            raise UserError(f"{name!r} is not the name of a commit.", "Give a tag, a branch or a commit id.")
    asked = "".join(f"{name}^{{commit}}\n" for name in names)
    done = git_run(repository, "cat-file", "--batch-check", asked=asked)
    if done.returncode != 0:
        raise git_failure(repository, "cat-file", done)
    ids = []
    for name, answer in zip(names, done.stdout.splitlines(), strict=True):
        oid, *facts = answer.split(" ")
        if len(facts) != 2 or facts[0] != "commit":
            raise _no_commit(repository, name, done.stderr)
        if len(oid) != OID_HEX_DIGITS:
            raise UserError(
                f"The repository at {repository} uses SHA-256 object names, which kbis cannot read.",
                "Use a clone with SHA-1 object names.",
            )
        ids.append(oid)
    return ids


def _rows(listing: str) -> Iterator[tuple[bytes, int, list[bytes]]]:
    """Read lines of `date id parent...` as `git rev-list --parents --timestamp` prints them."""
    from_hex = bytes.fromhex
    for line in listing.splitlines():
        date, oid, *parents = line.split(" ")
        yield from_hex(oid), int(date), [from_hex(p) for p in parents]


def _refuse_shallow(repository: Path) -> None:
    if git_output(repository, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise UserError(
            f"The repository at {repository} is a shallow clone: part of the history is missing.",
            "Fetch the rest with git fetch --unshallow, then try again.",
        )


def _is_ancestor(repository: Path, older: str, younger: str) -> bool:
    done = git_run(repository, "merge-base", "--is-ancestor", older, younger)
    if done.returncode not in (0, 1):
        raise git_failure(repository, "merge-base", done)
    return done.returncode == 0


def _not_an_ancestor(repository: Path, good: tuple[str, str], bad: tuple[str, str]) -> UserError:
    message = f"The good end {good[0]} is not an ancestor of the bad end {bad[0]}."
    if _is_ancestor(repository, bad[1], good[1]):
        return UserError(message, "The bad end is an ancestor of the good one: were the two swapped?")
    return UserError(
        message, f"Test where they part, git merge-base {good[0]} {bad[0]}, and give that as the good end."
    )


def _no_commit(repository: Path, name: str, said: str) -> UserError:
    if f" {name} is ambiguous" in said:
        return UserError(f"{name} may mean more than one commit.", "Give more digits of the commit id.")
    return UserError(
        f"The repository at {repository} has no commit called {name}.",
        "Check the spelling, or fetch it first.",
    )
