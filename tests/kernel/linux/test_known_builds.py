import hashlib
import os
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.kernel.linux import known_builds
from kbis.kernel.linux.known_builds import KnownBuild, find, remember
from kbis.kernel.linux.read_set import ReadSet
from tests.kernel.repository import Repository

KEY, OTHER_KEY = bytes(32), bytes(31) + b"\1"
READS = ReadSet(frozenset({"kernel/fork.c", "include/linux/sched.h"}))
BASE = {
    "Makefile": "VERSION = 6\n",
    "kernel/fork.c": "int a;\n",
    "include/linux/sched.h": "int b;\n",
    "drivers/net/e1000.c": "int c;\n",
    "scripts/mod/modpost.c": "int d;\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.commit(BASE)
    return made


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def tree(repository: Repository, revision: str = "HEAD") -> str:
    return repository.git("rev-parse", f"{revision}^{{tree}}")


def built(repository: Repository, revision: str = "HEAD", reads: ReadSet = READS) -> KnownBuild:
    signature = hashlib.sha256(tree(repository, revision).encode()).digest()
    return KnownBuild(repository.git("rev-parse", revision), tree(repository, revision), signature, reads)


def files(work: Path) -> list[Path]:
    return sorted((work / "known-builds").iterdir())


def test_a_tree_that_differs_in_no_file_that_was_read_has_a_known_build(
    repository: Repository, work: Path
) -> None:
    known = built(repository)
    remember(work, repository.git_dir, KEY, known)
    assert find(work, repository.git_dir, KEY, known.tree) == known
    repository.commit({"drivers/net/e1000.c": "int other;\n", "Documentation/new.rst": "words\n"})
    assert find(work, repository.git_dir, KEY, tree(repository)) == known


@pytest.mark.parametrize(
    "change",
    [
        {"kernel/fork.c": "int other;\n"},
        {"scripts/mod/modpost.c": None},
        {"Makefile": "VERSION = 7\n"},
        {"drivers/net/e1000.c": "int other;\n", "arch/x86/include/asm/sched.h": "int e;\n"},
    ],
    ids=["a source", "a script", "the version", "a shadowing header beside what is not read"],
)
def test_a_tree_that_differs_in_what_counts_has_none(
    repository: Repository, work: Path, change: dict[str, str | None]
) -> None:
    remember(work, repository.git_dir, KEY, built(repository))
    repository.commit(change)
    assert find(work, repository.git_dir, KEY, tree(repository)) is None


def test_another_recipe_has_none(repository: Repository, work: Path) -> None:
    remember(work, repository.git_dir, KEY, built(repository))
    assert find(work, repository.git_dir, OTHER_KEY, tree(repository)) is None


def test_the_key_that_counts_is_the_whole_one(repository: Repository, work: Path) -> None:
    remember(work, repository.git_dir, KEY, built(repository))
    assert OTHER_KEY[:8] == KEY[:8]
    assert find(work, repository.git_dir, OTHER_KEY, tree(repository)) is None


def test_each_build_is_asked_with_what_it_read_itself(repository: Repository, work: Path) -> None:
    first = built(repository)
    remember(work, repository.git_dir, KEY, first)
    repository.commit({"kernel/fork.c": '#include "e1000.h"\n'})
    second = built(repository, reads=ReadSet(READS.files | {"drivers/net/e1000.c"}))
    remember(work, repository.git_dir, KEY, second)
    repository.commit({"drivers/net/e1000.c": "int other;\n"})
    assert find(work, repository.git_dir, KEY, tree(repository)) is None
    repository.commit({"kernel/fork.c": BASE["kernel/fork.c"]})
    assert find(work, repository.git_dir, KEY, tree(repository)) == first


@pytest.mark.parametrize("damage", [b"", b"x", None])
def test_a_damaged_file_is_passed_over(repository: Repository, work: Path, damage: bytes | None) -> None:
    remember(work, repository.git_dir, KEY, built(repository))
    [file] = files(work)
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content if damage is None else damage)
    assert find(work, repository.git_dir, KEY, tree(repository)) is None
    remember(work, repository.git_dir, KEY, built(repository))
    assert find(work, repository.git_dir, KEY, tree(repository)) is not None


def test_every_cut_file_is_passed_over(repository: Repository, work: Path) -> None:
    remember(work, repository.git_dir, KEY, built(repository))
    [file] = files(work)
    content = file.read_bytes()
    for size in range(0, len(content), len(content) // 10):
        file.write_bytes(content[:size])
        assert find(work, repository.git_dir, KEY, tree(repository)) is None


def test_a_file_of_another_way_to_sign_is_passed_over(
    repository: Repository, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(work, repository.git_dir, KEY, built(repository))
    monkeypatch.setattr(known_builds, "_FORMAT", b"kbis-known-build/1\nanother way")
    assert find(work, repository.git_dir, KEY, tree(repository)) is None


def test_a_tree_that_git_does_not_have_is_no_error(repository: Repository, work: Path) -> None:
    gone = KnownBuild("1" * 40, "2" * 40, bytes(32), READS)
    remember(work, repository.git_dir, KEY, gone)
    assert find(work, repository.git_dir, KEY, tree(repository)) is None
    assert find(work, repository.git_dir, KEY, "2" * 40) is None


def test_without_any_build_there_is_none(repository: Repository, work: Path) -> None:
    assert find(work, repository.git_dir, KEY, tree(repository)) is None


def test_the_builds_used_longest_ago_are_forgotten(
    repository: Repository, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_builds, "KEPT", 4)
    first = built(repository)
    remember(work, repository.git_dir, KEY, first)
    for number in range(4):
        for file in files(work):
            os.utime(file, ns=(0, min(number, file.stat().st_mtime_ns)))
        build = KnownBuild(f"{number:040x}", f"{number:040x}", bytes(32), READS)
        remember(work, repository.git_dir, KEY, build)
    assert len(files(work)) == 4
    assert find(work, repository.git_dir, KEY, first.tree) is None


def test_a_build_that_is_used_is_not_forgotten(repository: Repository, work: Path) -> None:
    first = built(repository)
    remember(work, repository.git_dir, KEY, first)
    [file] = files(work)
    os.utime(file, ns=(0, 0))
    assert find(work, repository.git_dir, KEY, first.tree) == first
    assert file.stat().st_mtime_ns > 0


def test_a_store_that_cannot_be_written_is_the_labs_fault(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a file")
    with pytest.raises(InfraError):
        remember(tmp_path / "work", repository.git_dir, KEY, built(repository))
