"""Patches in a tree of their own: where they fit they are built, and the next checkout knows nothing of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kbis.kernel.linux.backports import DoesNotApplyError, patched_tree
from kbis.kernel.slot import Slot, take_slot
from kbis.kernel.worktree import checkout
from tests.kernel.repository import Repository

PATCH = b"""From: someone
Subject: build: mend

--- a/Makefile
+++ b/Makefile
@@ -1,2 +1,2 @@
 all:
-\tfalse
+\ttrue
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def slot(repository: Repository, tmp_path: Path) -> Iterator[Slot]:
    with take_slot(tmp_path / "work", repository.git_dir) as taken:
        yield taken


def test_a_patched_file_is_built_and_the_next_checkout_has_it_no_more(
    repository: Repository, slot: Slot
) -> None:
    broken = repository.commit({"Makefile": "all:\n\tfalse\n", "other": "1\n"})
    checkout(slot, broken, patched_tree(slot, broken, [("mend.patch", PATCH)]))
    assert (slot.source / "Makefile").read_text() == "all:\n\ttrue\n"
    checkout(slot, broken)
    assert (slot.source / "Makefile").read_text() == "all:\n\tfalse\n"


def test_a_patched_file_keeps_its_time_stamp_from_revision_to_revision(
    repository: Repository, slot: Slot
) -> None:
    first = repository.commit({"Makefile": "all:\n\tfalse\n", "other": "1\n"})
    second = repository.commit({"Makefile": "all:\n\tfalse\n", "other": "2\n"})
    checkout(slot, first, patched_tree(slot, first, [("mend.patch", PATCH)]))
    before = {name: (slot.source / name).stat().st_ino for name in ("Makefile", "other")}
    stamp = (slot.source / "Makefile").stat().st_mtime_ns
    checkout(slot, second, patched_tree(slot, second, [("mend.patch", PATCH)]))
    assert (slot.source / "Makefile").stat().st_mtime_ns == stamp
    assert (slot.source / "Makefile").stat().st_ino == before["Makefile"]
    assert (slot.source / "other").read_text() == "2\n"


def test_a_patch_that_is_in_the_revision_already_is_left_out(repository: Repository, slot: Slot) -> None:
    mended = repository.commit({"Makefile": "all:\n\ttrue\n"})
    tree = patched_tree(slot, mended, [("mend.patch", PATCH)])
    assert tree == repository.git("rev-parse", f"{mended}^{{tree}}")


def test_a_patch_that_does_not_fit_is_named(repository: Repository, slot: Slot) -> None:
    other = repository.commit({"Makefile": "none:\n\tnothing like it\n"})
    with pytest.raises(DoesNotApplyError, match=r"mend\.patch does not apply: .*Makefile"):
        patched_tree(slot, other, [("mend.patch", PATCH)])


def test_the_users_own_index_and_checkout_are_not_touched(repository: Repository, slot: Slot) -> None:
    broken = repository.commit({"Makefile": "all:\n\tfalse\n"})
    before = repository.git("status", "--porcelain"), repository.git("write-tree")
    patched_tree(slot, broken, [("mend.patch", PATCH)])
    assert (repository.git("status", "--porcelain"), repository.git("write-tree")) == before
