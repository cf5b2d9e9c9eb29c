"""The history in which all situations play: a real git repository, made once.

Six releases of six commits each on one line (400 to 905, tags v4.0 to v9.0), where 700 merges an old branch (650,
forked at 500) and 804 another (790 to 792, forked at 700); and a branch off 800. Upstream its commits are empty. Here
each has a tree of its own, because commits with one tree are one kernel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kbis.log.repository import Repository, open_repository
from tests.graphs import FIRST_DATE_S, STEP_S, git

Commit = tuple[str, str, tuple[str, ...]]
"""Branch, title, titles of the parents."""


@dataclass(frozen=True)
class History:
    """The repository, and its commits by title."""

    repository: Repository
    oids: dict[str, bytes]
    parents: dict[str, tuple[str, ...]]

    def title(self, oid: bytes) -> str:
        return next(title for title, each in self.oids.items() if each == oid)

    def contains(self, younger: str, older: str) -> bool:
        """Whether `older` is `younger` or one of its ancestors."""
        pending, seen = [younger], {younger}
        while pending:
            new = set(self.parents[pending.pop()]) - seen
            seen |= new
            pending.extend(new)
        return older in seen


def make_history(directory: Path) -> History:
    git(directory.parent, "init", "--quiet", "--bare", "--initial-branch=master", str(directory))
    commits = list(_commits())
    mark = {title: number for number, (_, title, _) in enumerate(commits, 1)}
    stream = []
    for number, (branch, title, parents) in enumerate(commits, 1):
        stream.append(
            f"commit refs/heads/{branch}\nmark :{number}\n"
            f"committer A U Thor <author@example.org> {FIRST_DATE_S + STEP_S * number} +0000\n"
            f"data {len(title)}\n{title}\n"
        )
        stream += [f"{'merge' if at else 'from'} :{mark[parent]}\n" for at, parent in enumerate(parents)]
        stream.append(f"M 644 inline number\ndata {len(title)}\n{title}\n")
        if title.isdigit() and title.endswith("00"):
            stream.append(f"reset refs/tags/v{title[0]}.0\nfrom :{number}\n\n")
    marks = directory / "marks"
    git(directory, "fast-import", "--quiet", f"--export-marks={marks}", stdin="".join(stream))
    titles = {number: title for title, number in mark.items()}
    pairs = (line.split() for line in marks.read_text().splitlines())
    oids = {titles[int(number[1:])]: bytes.fromhex(oid) for number, oid in pairs}
    return History(open_repository(directory), oids, {title: parents for _, title, parents in commits})


def _commits() -> Iterator[Commit]:
    yield "master", "repo-master-0", ()
    yield "master", "repo-master-1", ("repo-master-0",)
    tip = "repo-master-1"
    for release in range(4, 10):
        for at in range(6):
            title = str(release * 100 + at)
            parents: tuple[str, ...] = (tip,)
            if title == "700":
                yield "old", "650", ("500",)
                parents = (tip, "650")
            if title == "804":
                yield from (
                    ("late", each, (before,))
                    for before, each in zip(("700", "790", "791"), LATE, strict=True)
                )
                parents = (tip, "792")
            yield "master", title, parents
            tip = title
    before = "800"
    for title in ("850-v8-branch", "851", "852"):
        yield "v8-branch", title, (before,)
        before = title


LATE = ("790", "791", "792")
