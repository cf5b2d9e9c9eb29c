from pathlib import Path

from tests.kernel.repository import Repository
from tests.linux.changes import make_line, read_line


def quilt(directory: Path, repository: Repository, *steps: tuple[str, str]) -> Path:
    """Make a series of patches, each of which writes one file, over the repository's HEAD."""
    directory.mkdir()
    for number, (name, text) in enumerate(steps):
        before = repository.git("rev-parse", "HEAD")
        after = repository.commit({name: text})
        (directory / f"{number}.patch").write_text(repository.git("diff", before, after) + "\n")
    series = [f"{number}.patch" for number in range(len(steps))]
    (directory / "series").write_text("\n".join(["# a comment", *series]) + "\n")
    return directory


def test_patches_become_a_line_of_commits_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit({"a": "1\n", "b": "1\n"})
    present = quilt(tmp_path / "present", repository, ("a", "2\n"), ("b", "2\n"), ("a", "3\n"))
    head = repository.git("rev-parse", "HEAD^{tree}")
    later = quilt(tmp_path / "later", repository, ("c", "1\n"))
    repository.git("reset", "-q", "--hard", "HEAD~1")
    line = make_line(repository.path, [present], [later], tmp_path / "clone")
    assert [each.patch for each in line] == ["", "0.patch", "1.patch", "2.patch", "0.patch"]
    assert line[3].tree == head
    assert read_line(tmp_path / "clone") == line
    clone = str(tmp_path / "clone")
    contents = [repository.git("-C", clone, "show", f"{each.commit}:a") for each in line]
    assert contents == ["1", "2", "2", "3", "3"]


def test_a_patch_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit({"a": "1\n"})
    other = quilt(tmp_path / "other", repository, ("a", "2\n"))
    repository.commit({"a": "5\n"})
    line = make_line(repository.path, [other], [other], tmp_path / "clone")
    assert [each.patch for each in line] == [""]
