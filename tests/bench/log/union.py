"""The union of two large notes trees, beside git's own merge of the same two."""

import random
from collections.abc import Iterator
from pathlib import Path

import pygit2

from kbis.log.notes import read_tree
from kbis.log.pending import Pending
from kbis.log.union import union_trees
from tests.bench.log.figures import Figure, computed
from tests.log.trees import ONE, notes_tree, tree_of
from tests.log.world import a_commit, git, make_repository

NOTES_EACH = 50_000
CHANGED = (10, 1_000, 10_000)
MOST_S = {1_000: 0.3}


def unions(scratch: Path) -> Iterator[Figure]:
    path = scratch / "unions"
    make_repository(path, "-b", "main")
    writing = pygit2.Repository(str(path))
    rng = random.Random(1)
    held = {
        a_commit(n).hex(): b"k1 %060d %s\n" % (n, rng.randbytes(150).hex().encode())
        for n in range(NOTES_EACH)
    }
    objects = list(held)
    base = notes_tree(writing, held, ONE)
    first = git(path, "commit-tree", str(base), "-m", "base").strip()
    for changed in CHANGED:

        def grown(mark: bytes, some: list[str]) -> pygit2.Oid:
            return notes_tree(writing, held | {note: held[note] + b"k1 zz %s\n" % mark for note in some}, ONE)

        # Half of the notes that one side changed were changed by the other one too.
        ours = grown(b"ours", objects[:changed])
        theirs = grown(b"theirs", objects[changed // 2 : changed // 2 + changed])
        for name, tree in (("refs/notes/ours", ours), ("refs/notes/theirs", theirs)):
            git(path, "update-ref", name, git(path, "commit-tree", str(tree), "-p", first, "-m", "x").strip())
        git(path, "gc", "-q")
        repo = pygit2.Repository(str(path))
        pending = Pending(repo)
        union_s, made = computed(lambda: union_trees(repo, ours, theirs, set()))  # noqa: B023 - called at once
        merge = ["notes", "--ref=ours", "merge", "-q", "-s", "cat_sort_uniq", "refs/notes/theirs"]
        git_s, _ = computed(lambda: git(path, *merge))  # noqa: B023 - called at once
        merged = read_tree(repo, tree_of(repo, "refs/notes/ours")).notes
        assert read_tree(repo, made).notes == merged
        assert len(merged) == NOTES_EACH
        assert len(pending) > changed // 2
        yield Figure(
            f"union of {NOTES_EACH:,} notes, {changed:,} changed a side",
            union_s,
            "s",
            most=MOST_S.get(changed),
            beside=f"{git_s / union_s:.1f} x as fast as git notes merge ({git_s:.3g} s)",
        )
