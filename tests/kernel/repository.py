"""A small real git repository for tests."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class Repository:
    """A repository made with the installed git; commits are made from dicts of path to content."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", *options)

    @property
    def git_dir(self) -> Path:
        return self.path / ".git"

    def git(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=clean_environment(self.path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None], message: str = "change") -> str:
        """Write files (None deletes one), commit everything, and return the commit's id."""
        for name, content in files.items():
            file = self.path / name
            if content is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of a git that knows no user: fixed identity and dates."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "1700000000 +0000"))
    }
    return kept | identity | {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
