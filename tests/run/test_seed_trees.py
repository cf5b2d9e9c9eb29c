"""The seed: its merge and the merge's second parent are one kernel, once their trees are known."""

from pathlib import Path

import pytest

from kbis.bisect.fold import Bisection
from kbis.bisect.kernels import Trees
from kbis.bisect.policies.git1 import Git1
from kbis.run.importing import import_syzbot
from kbis.run.key import adopt_key
from kbis.run.session import open_session
from tests.run.wheel import git

MERGE = bytes.fromhex("73bf1fc58dc4376d0111a4c1c9eab27e2759f468")
SECOND_PARENT = bytes.fromhex("abb1860aac20868c74da2f4974d8ed05827e2854")
TREE = b"\1" * 20
"""Stands for the tree of both: the log prints the merge's parents, and no trees (findings of the seed, 2.3)."""


@pytest.fixture
def seed(tmp_path: Path, shared: Path) -> Bisection:
    git(tmp_path, "init", "-q")
    adopt_key(tmp_path)
    session = open_session(tmp_path, write=True, tell=lambda _: None)
    return import_syzbot(session, shared / "seed" / "syzbot-bisection-log.txt")


def test_signatures_alone_do_not_show_that_the_culprit_is_its_second_parent(seed: Bisection) -> None:
    assert not seed.kernels.are_one(MERGE, SECOND_PARENT)
    assert seed.kernels.together == {}


def test_with_their_trees_the_two_are_one_kernel_and_it_is_good(seed: Bisection) -> None:
    state = seed.with_trees(Trees.read([(MERGE, TREE), (SECOND_PARENT, TREE)]))
    assert state.kernels.twins(MERGE) == (MERGE, SECOND_PARENT)
    for revision in (MERGE, SECOND_PARENT):
        judgement = Git1().judge(state, revision)
        assert judgement is not None
        assert judgement.verdict == "good"
        assert "19 of 19 boots passed" in judgement.reason
