"""The test's repository: Linux with a synthetic history, made once and kept in the user's cache directory."""

import contextlib
import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.linux import selection
from tests.linux.edits import Kind, apply
from tests.linux.history import COMMITS, History
from tests.linux.source import File, files, find_source
from tests.linux.stream import Stream

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kbis-tests"
"""Read before the tests hide the user's home from themselves."""

SEED = 6
BRANCH = "refs/heads/main"

_MAKERS = ("edits", "history", "repository", "seeds", "selection", "source", "stream")


@dataclass(frozen=True, slots=True)
class Linux:
    """A bare repository.

    Attributes:
        path: Where it is.
        commits: Its commits by their numbers in the history, from 1.
        planted: Those that plant something, by what: bug, noise, quiet, broken, repaired.
        merges: How many of them are merges.
    """

    path: Path
    commits: dict[int, str]
    planted: dict[str, int]
    merges: int

    @property
    def culprit(self) -> str:
        """The commit that brought the bug."""
        return self.commits[self.planted["bug"]]

    @property
    def good(self) -> str:
        """The first commit: Linux as it came."""
        return self.commits[1]

    @property
    def bad(self) -> str:
        """The last commit."""
        return self.commits[max(self.commits)]

    def clone(self, to: Path) -> Path:
        """A repository of its own, which shares the objects' files; nothing is checked out."""
        _git("clone", "--quiet", "--no-checkout", str(self.path), str(to))
        return to


def linux(*, commits: int = COMMITS, noise: bool = True, seed: int = SEED) -> Linux:
    """The repository, from the cache where it is there already."""
    tarball = find_source()
    key = hashlib.sha256()
    for name in _MAKERS:
        key.update((Path(__file__).parent / f"{name}.py").read_bytes())
    key.update(f"{tarball.name} {tarball.stat().st_size} {commits} {noise} {seed}".encode())
    path = CACHE / f"linux-{key.hexdigest()[:16]}.git"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            made = Path(scratch) / "new.git"
            _make(made, tarball, commits, noise, seed)
            # Another test run may have been faster; its repository is the same.
            with contextlib.suppress(OSError):
                made.rename(path)
    marks = dict(line.split() for line in (path / "marks").read_text().splitlines())
    facts = json.loads((path / "history.json").read_text())
    numbers = {int(mark.removeprefix(":")): commit for mark, commit in marks.items()}
    return Linux(path, numbers, facts["planted"], facts["merges"])


def _make(path: Path, tarball: Path, commits: int, noise: bool, seed: int) -> None:
    _git("init", "--quiet", "--bare", str(path))
    _git("symbolic-ref", "HEAD", BRANCH, at=path)
    with subprocess.Popen(
        # What is packed once and read often need not be small.
        ["git", "-c", "core.compression=1", "fast-import", "--quiet", "--export-marks=marks"],
        cwd=path,
        stdin=subprocess.PIPE,
        bufsize=1 << 20,
    ) as importing:
        assert importing.stdin is not None
        stream = Stream(importing.stdin, BRANCH)
        editable: dict[str, File] = {}
        stream.commit("Linux", (), _remembered(tarball, editable))
        history = History(_pools(editable), seed, commits=commits, noise=noise)
        merges = 0
        for step in history.steps():
            changed = [
                File(path, editable[path].mode, apply(editable[path].content, edits))
                for path, edits in step.changed.items()
            ]
            assert stream.commit(step.message, step.parents, changed) == step.number
            merges += len(step.parents) - 1
    assert importing.returncode == 0, "git fast-import failed"
    facts = {"planted": history.planted, "merges": merges}
    (path / "history.json").write_text(json.dumps(facts))


def _remembered(tarball: Path, editable: dict[str, File]) -> Iterator[File]:
    """Pass the files on, and keep those that the history may edit."""
    for file in files(tarball, selection.WANTED, selection.UNWANTED):
        if file.mode != "120000" and selection.EDITABLE.search(file.path):
            editable[file.path] = file
        yield file


def _pools(editable: dict[str, File]) -> dict[Kind, list[str]]:
    paths = sorted(editable)
    built = [path for path in paths if path in selection.BUILT]
    return {
        "document": [path for path in paths if selection.DOCUMENTS.fullmatch(path)],
        "unbuilt": [path for path in paths if selection.UNBUILT.fullmatch(path)],
        "kbuild": [path for path in paths if selection.KBUILD.fullmatch(path)],
        "comment": built,
        "code": built,
        "header": [path for path in paths if path in selection.WARM_HEADERS],
    }


def _git(*arguments: str, at: Path | None = None) -> None:
    subprocess.run(["git", *arguments], cwd=at, check=True)
