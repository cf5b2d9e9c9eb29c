"""Write a history into a repository, with git fast-import (git-fast-import(1))."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from kbis.demo.commit import Commit
from kbis.demo.gitobjects import EXECUTABLE, FILE
from kbis.demo.grow import History
from kbis.demo.people import MAINTAINER, zone_of
from kbis.errors import InfraError
from kbis.kernel import environment, tools

BRANCH = "main"


def import_history(history: History, directory: Path) -> None:
    """Make a repository with a history, and check out its tip.

    Args:
        history: What to write.
        directory: Where; made if it is missing.

    Raises:
        InfraError: git is missing or failed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _git(directory, ["init", "--quiet", "--template=", "--object-format=sha1", f"--initial-branch={BRANCH}"])
    _git(directory, ["config", "core.autocrlf", "false"])
    stream = b"".join(part if isinstance(part, bytes) else part.encode() for part in _stream(history))
    _git(directory, ["fast-import", "--quiet", "--done"], stream)
    _git(directory, ["reset", "--quiet", "--hard"])


def git_directory(directory: Path) -> Path:
    """The git directory of a repository.

    Raises:
        InfraError: git is missing, or the directory is in no repository.
    """
    return Path(_git(directory, ["rev-parse", "--absolute-git-dir"]).strip())


def _stream(history: History) -> Iterator[str | bytes]:
    marks: dict[str, int] = {}
    by_id: dict[str, Commit] = {}
    texts: dict[str, int] = {}
    for commit in history.commits:
        for file in commit.tree.files.values():
            if file.text not in texts:
                texts[file.text] = len(texts) + len(marks) + 1
                yield f"blob\nmark :{texts[file.text]}\n"
                yield from _data(file.text)
        by_id[commit.id] = commit
        marks[commit.id] = len(texts) + len(marks) + 1
        yield f"commit refs/heads/{BRANCH}\nmark :{marks[commit.id]}\n"
        yield f"author {commit.author}\ncommitter {commit.committer}\n"
        yield from _data(commit.message)
        for word, parent in zip(("from", "merge"), commit.parents, strict=False):
            yield f"{word} :{marks[parent]}\n"
        yield from _files(commit, by_id[commit.parents[0]] if commit.parents else None, texts)
    for tag, oid in history.tags.items():
        commit = by_id[oid]
        yield f"tag {tag}\nfrom :{marks[oid]}\ntagger {MAINTAINER} {commit.committer.second} {zone_of(MAINTAINER)}\n"
        yield from _data(f"Pebble {tag[1:]}\n")
    yield "done\n"


def _files(commit: Commit, parent: Commit | None, texts: dict[str, int]) -> Iterator[str]:
    """What differs from the first parent."""
    old = parent.tree.files if parent else {}
    for name, file in commit.tree.files.items():
        before = old.get(name)
        if before == file:
            continue
        if before and before.path != file.path:
            yield f"D {before.path}\n"
        yield f"M {EXECUTABLE if file.executable else FILE} :{texts[file.text]} {file.path}\n"


def _data(text: str) -> Iterator[bytes]:
    content = text.encode("utf-8")
    yield b"data %d\n" % len(content) + content + b"\n"


def _git(directory: Path, arguments: list[str], given: bytes = b"") -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=directory,
            env=environment.for_tools(),
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as why:
        raise tools.missing("git") from why
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise InfraError(f"git {arguments[0]} failed in {directory}: {said}", "Is the disk full?")
    return done.stdout.decode("utf-8")
