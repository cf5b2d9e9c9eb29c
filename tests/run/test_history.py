import random
from pathlib import Path

import pytest

from kbis.errors import InfraError, UserError
from kbis.run.history import load_graph
from tests.graphs import FIRST_DATE_S, History, dates, git, random_parents, repository

WHO = ("-c", "user.name=A U Thor", "-c", "user.email=author@example.org")
# 0 - 1 - 3 - 4  main, where 3 merges 2;  0 - 2 - 5  beside
PARENTS = [(), (0,), (0,), (1, 2), (3,), (2,)]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History]:
    directory = tmp_path_factory.mktemp("history") / "r.git"
    history = repository(directory, PARENTS, [FIRST_DATE_S + n for n in range(len(PARENTS))])
    git(directory, "update-ref", "refs/heads/main", history.oids[4].hex())
    git(directory, "update-ref", "refs/heads/beside", history.oids[5].hex())
    git(directory, *WHO, "tag", "-a", "-m", "first", "v1", history.oids[1].hex())
    return directory, history


def loaded(
    history: History, directory: Path, bad: str, goods: list[str], others: list[str] | None = None
) -> set[int]:
    return {history.position(oid) for oid in load_graph(directory, bad, goods, others or []).oids}


def test_the_commits_between_the_ends_are_loaded(repo: tuple[Path, History]) -> None:
    directory, history = repo
    assert loaded(history, directory, "main", ["v1"]) == {2, 3, 4}
    assert loaded(history, directory, "main", [history.oids[0].hex()]) == {1, 2, 3, 4}
    assert loaded(history, directory, "main", []) == {0, 1, 2, 3, 4}


def test_dates_and_parents_are_those_of_the_commits(repo: tuple[Path, History]) -> None:
    directory, history = repo
    graph = load_graph(directory, "main", [])
    for oid, date in zip(graph.oids, graph.dates, strict=True):
        commit = history.position(oid)
        assert date == history.dates[commit]
        assert graph.parents_of(oid) == tuple(history.oids[p] for p in history.parents[commit])


def test_a_good_commit_beside_the_candidates_excludes_what_it_contains(repo: tuple[Path, History]) -> None:
    directory, history = repo
    base, beside, main = (history.oids[n] for n in (0, 5, 4))
    graph = load_graph(directory, "main", [base.hex()], ["beside"])
    candidates = graph.range(main, [base, beside])
    assert {history.position(oid) for oid in candidates.oids} == {1, 3, 4}


def test_a_commit_that_repeats_a_parent_keeps_the_repetition(tmp_path: Path) -> None:
    history = repository(tmp_path / "r.git", [(), (0,), (1, 1)], [1, 2, 3])
    graph = load_graph(tmp_path / "r.git", "main", [])
    assert graph.parents_of(history.oids[2]) == (history.oids[1], history.oids[1])


def test_a_larger_history_is_loaded_as_it_is(tmp_path: Path) -> None:
    rng = random.Random(5)
    parents = random_parents(rng, 400)
    history = repository(tmp_path / "r.git", parents, dates(rng, 400, "skewed"))
    graph = load_graph(tmp_path / "r.git", "main", [])
    assert graph.range(history.oids[-1], []) == history.graph().range(history.oids[-1], [])


def test_replaced_commits_are_seen_as_git_bisect_sees_them(tmp_path: Path) -> None:
    history = repository(tmp_path / "r.git", [(), (0,), (1,), (2,)], [1, 2, 3, 4])
    git(tmp_path / "r.git", "replace", "--graft", history.oids[3].hex(), history.oids[1].hex())
    assert loaded(history, tmp_path / "r.git", "main", []) == {0, 1, 3}


def test_an_inherited_git_dir_is_not_followed(
    repo: tuple[Path, History], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    assert loaded(repo[1], repo[0], "main", ["v1"]) == {2, 3, 4}


@pytest.mark.parametrize(
    "name", ["nowhere", "--all", "-1", "main main", "main^{tree}", "", "main\nv1", "0" * 40]
)
def test_what_names_no_commit_is_refused(repo: tuple[Path, History], name: str) -> None:
    with pytest.raises(UserError, match=r"name of a commit|no commit called"):
        load_graph(repo[0], name, ["v1"])


def test_an_ambiguous_name_is_refused_as_such(tmp_path: Path) -> None:
    history = repository(tmp_path / "r.git", [()] + [(t,) for t in range(1500)], list(range(1501)))
    prefixes = [oid.hex()[:4] for oid in history.oids]
    twice = next(prefix for prefix in prefixes if prefixes.count(prefix) > 1)
    with pytest.raises(UserError, match="more than one"):
        load_graph(tmp_path / "r.git", twice, [])


def test_a_good_end_beside_the_bad_end_is_refused(repo: tuple[Path, History]) -> None:
    with pytest.raises(UserError, match="good end beside is not an ancestor of the bad end main") as refused:
        load_graph(repo[0], "main", ["beside"])
    assert "merge-base beside main" in refused.value.hint


def test_swapped_ends_are_recognized(repo: tuple[Path, History]) -> None:
    with pytest.raises(UserError, match="not an ancestor") as refused:
        load_graph(repo[0], "v1", ["main"])
    assert "swapped" in refused.value.hint


def test_one_commit_cannot_be_both_ends(repo: tuple[Path, History]) -> None:
    with pytest.raises(UserError, match="same commit"):
        load_graph(repo[0], "main", ["main^{}"])


@pytest.mark.parametrize("make", [False, True])
def test_what_is_no_repository_is_refused(tmp_path: Path, make: bool) -> None:
    if make:
        (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="cannot be read as a git repository"):
        load_graph(tmp_path / "empty", "HEAD", [])


def test_a_shallow_clone_is_refused(repo: tuple[Path, History], tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=2", f"file://{repo[0]}", "shallow.git")
    with pytest.raises(UserError, match="shallow clone"):
        load_graph(tmp_path / "shallow.git", "main", [])


def test_sha256_object_names_are_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "r")
    git(tmp_path / "r", *WHO, "commit", "--quiet", "--allow-empty", "-m", "one")
    with pytest.raises(UserError, match="SHA-256"):
        load_graph(tmp_path / "r", "HEAD", [])


def test_a_damaged_repository_is_the_keepers_to_mend(tmp_path: Path) -> None:
    history = repository(tmp_path / "r.git", [(), (0,), (1,)], [1, 2, 3])
    lost = history.oids[1].hex()
    (tmp_path / "r.git/objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(InfraError, match="git rev-list failed"):
        load_graph(tmp_path / "r.git", "main", [])


def test_git_missing_says_which_package_to_install(
    repo: tuple[Path, History], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InfraError) as missing:
        load_graph(repo[0], "main", [])
    assert "git" in missing.value.hint
