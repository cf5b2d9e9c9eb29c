"""Writing one setting of a repository's git configuration."""

import subprocess
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel import environment


def set_local(repository: Path, name: str, value: str) -> None:
    """Set a value in the repository's own configuration.

    Raises:
        InfraError: git refused.
    """
    done = subprocess.run(
        ["git", "-C", str(repository), "config", "--local", name, value],
        capture_output=True,
        text=True,
        env=environment.for_tools(),
        check=False,
    )
    if done.returncode != 0:
        raise InfraError(f"git could not set {name} in {repository}: {done.stderr.strip()}.")
