"""Changes without effect, through the real wheel, log and repository; only the lab is scripted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kbis.bisect.decision import Conclusion
from kbis.log.kinds import Boot, Build
from kbis.run.session import open_session
from tests.run.wheel import ScriptedLab, crash, git, line_of_commits, started, to_the_end

ONE_KERNEL = b"\1" * 32


@pytest.fixture
def late_merge(tmp_path: Path) -> dict[str, str]:
    """c0 - c1 - c2 - merge - top, where merge brings `old`, which forked at c0; the good end is c2."""
    c0, c1, c2 = line_of_commits(tmp_path, 3)
    named = {"c0": c0, "c1": c1, "c2": c2}
    git(tmp_path, "checkout", "-q", "-b", "side", c0)
    named["old"] = committed(tmp_path, "old")
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "merge", "-q", "-m", "merge", "side")
    named["merge"] = git(tmp_path, "rev-parse", "HEAD")
    named["top"] = committed(tmp_path, "top")
    return named


def committed(where: Path, name: str) -> str:
    (where / name).write_text(name)
    git(where, "add", name)
    git(where, "commit", "-q", "-m", name)
    return git(where, "rev-parse", "HEAD")


def boots(bad: set[str]) -> Callable[[str, int], Boot]:
    return lambda revision, _: crash() if revision in bad else Boot("ok", reached="end")


def test_a_parent_that_was_never_tested_is_built_once_to_compare(
    tmp_path: Path, late_merge: dict[str, str]
) -> None:
    _, bisection = started(tmp_path, late_merge["top"], late_merge["c2"])
    lab = ScriptedLab(boots({late_merge[name] for name in ("old", "merge", "top")}))
    state, end = to_the_end(tmp_path, bisection, lab)
    assert isinstance(end, Conclusion)
    assert (end.result, end.candidates) == ("first bad commit", (bytes.fromhex(late_merge["old"]),))
    assert lab.built.count(late_merge["c0"]) == 1
    assert late_merge["c0"] not in lab.booted
    again, _ = to_the_end(tmp_path, state, lab)
    assert again.events == state.events


def test_where_that_parent_is_the_same_kernel_nobody_is_blamed(
    tmp_path: Path, late_merge: dict[str, str]
) -> None:
    _, bisection = started(tmp_path, late_merge["top"], late_merge["c2"])

    def build_of(revision: str) -> Build:
        same = revision in (late_merge["c0"], late_merge["old"])
        return Build("ok", "gcc 1", ONE_KERNEL if same else bytes.fromhex(revision))

    lab = ScriptedLab(boots({late_merge[name] for name in ("old", "merge", "top")}), build_of)
    _, end = to_the_end(tmp_path, bisection, lab)
    assert isinstance(end, Conclusion)
    assert end.result == "not confirmed"
    assert end.candidates == tuple(bytes.fromhex(late_merge[name]) for name in ("old", "c0"))
    assert late_merge["c0"][:12] in end.reason


def test_a_commit_that_is_empty_is_neither_built_nor_booted(tmp_path: Path) -> None:
    commits = line_of_commits(tmp_path, 4)
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "nothing")
    commits.append(git(tmp_path, "rev-parse", "HEAD"))
    commits += [committed(tmp_path, name) for name in ("x", "y", "z")]
    _, bisection = started(tmp_path, commits[-1], commits[0])
    lab = ScriptedLab(boots(set(commits[3:])))
    _, end = to_the_end(tmp_path, bisection, lab)
    assert isinstance(end, Conclusion)
    assert end.candidates[0].hex() == commits[3]
    assert not {commits[3], commits[4]} <= set(lab.built)


def test_the_trees_of_an_imported_log_are_recorded_where_its_commits_are(tmp_path: Path) -> None:
    from kbis.run.importing import import_syzbot
    from kbis.run.key import adopt_key

    top = line_of_commits(tmp_path, 3)[-1]
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "nothing")
    empty = git(tmp_path, "rev-parse", "HEAD")
    log = tmp_path / "log"
    log.write_text(
        f"bisecting cause commit starting from {empty}\nbuilding syzkaller on {'e' * 40}\n"
        + "".join(
            f"testing commit {commit} with gcc (GCC) 8.1.0\nkernel signature: {mark * 40}\nall runs: OK\n"
            for commit, mark in ((empty, "a"), (top, "b"), ("d" * 40, "c"))
        )
    )
    adopt_key(tmp_path)
    session = open_session(tmp_path, write=True, tell=lambda _: None)
    state = import_syzbot(session, log)
    assert len(state.shared(bytes.fromhex(top)).boots) == 20
    assert state.kernels.are_one(bytes.fromhex(empty), bytes.fromhex(top))
    assert len(state.shared(bytes.fromhex("d" * 40)).boots) == 10
