"""The only reader of the environment and of git's configuration.

Precedence: a command's flag, the environment, `git config kbis.*`, the default. What a bisection itself needs (its
recipe) is in the log and never read from here.
"""

import os
import re
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kbis.errors import InfraError, UserError

NOTES_REF = "refs/notes/kbis"
OWN_KEY_NAME = "id_ed25519"
MOST_PARALLEL_BOOTS = 1000

_REF = re.compile(r"[A-Za-z0-9._/@+=-]{1,200}")
# What git-check-ref-format(1) forbids of the names that fit.
_NO_REF = re.compile(r"//|/\.|\.\.|^/|/$|\.$|\.lock(/|$)")


@dataclass(frozen=True)
class Config:
    """What the user and the machine say.

    Attributes:
        notes_ref: The published ref (`kbis.notesRef`).
        allowed_signers: Files of allowed signers (`kbis.allowedSigners`, else `gpg.ssh.allowedSignersFile`).
        revocation: File of revoked keys (`gpg.ssh.revocationFile`), or None.
        signing_key: `kbis.signingKey`, else `user.signingKey`, as written; None when neither is set.
        agent_socket: `SSH_AUTH_SOCK`, or None.
        own_key: Where `kbis key` puts a key.
        home: The user's home directory.
        cache: Where what can be made again is kept, such as the acceleration probe.
        machine: This machine's name, as claims show it (`kbis.machine`).
        principal: The user's mail address, or login name without one.
        jobs: CPUs that a build may use (`kbis.jobs`).
        accel: `kvm` or `tcg` to skip the probe (`kbis.accel`), or None.
        parallel_boots: Boots at once (`kbis.parallelBoots`), or None to go by processors and memory.
        clean_builds: Whether every build begins with an empty directory.
        work: Directory for worktrees and builds (`kbis.workDirectory`), or None for the git directory.
    """

    notes_ref: str
    allowed_signers: tuple[Path, ...]
    revocation: Path | None
    signing_key: str | None
    agent_socket: Path | None
    own_key: Path
    home: Path
    cache: Path
    machine: str
    principal: str
    jobs: int
    accel: str | None
    parallel_boots: int | None
    work: Path | None
    clean_builds: bool = False


def working_directory(named: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the directory that commands work in: as named, else as `git --git-dir` says, else the current one."""
    if named is not None:
        return named
    git_directory = environment.get("GIT_DIR")
    return Path(git_directory).absolute() if git_directory else Path.cwd()


def load(directory: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration that holds in a directory.

    Raises:
        UserError: a setting has a value that kbis cannot use.
        InfraError: git is not there.
    """
    git = _git_config(directory, environment)
    home = Path(environment.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - the passwd entry counts too
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    allowed = git.get("kbis.allowedsigners") or git.get("gpg.ssh.allowedsignersfile")
    revocation = git.get("gpg.ssh.revocationfile")
    agent = environment.get("SSH_AUTH_SOCK")
    signing = git.get("kbis.signingkey") or git.get("user.signingkey")
    work = git.get("kbis.workdirectory")
    return Config(
        notes_ref=_notes_ref(environment.get("KBIS_NOTES_REF") or git.get("kbis.notesref") or NOTES_REF),
        allowed_signers=(_path(allowed, home, directory),) if allowed else (),
        revocation=_path(revocation, home, directory) if revocation else None,
        signing_key=signing,
        agent_socket=Path(agent) if agent else None,
        own_key=data / "kbis" / OWN_KEY_NAME,
        home=home,
        cache=cache / "kbis",
        machine=(git.get("kbis.machine") or socket.gethostname())[:100],
        principal=git.get("user.email") or environment.get("USER") or environment.get("LOGNAME") or "kbis",
        jobs=_jobs(environment.get("KBIS_JOBS") or git.get("kbis.jobs")),
        accel=_accel(environment.get("KBIS_ACCEL") or git.get("kbis.accel")),
        parallel_boots=_parallel_boots(
            environment.get("KBIS_PARALLEL_BOOTS") or git.get("kbis.parallelboots")
        ),
        work=_path(work, home, directory) if work else None,
    )


def _git_config(directory: Path, environment: Mapping[str, str]) -> dict[str, str]:
    # The directory alone says which repository is meant; an inherited GIT_DIR would say another one.
    clean = {
        name: value
        for name, value in environment.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")
    }
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), "config", "--list", "-z", "--includes"],
            capture_output=True,
            env=clean,
            check=False,
        )
    except FileNotFoundError as why:
        raise InfraError("git is not installed.", "Install the package git of your distribution.") from why
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise UserError(f"git cannot read its configuration: {said}.", "Mend the file that it names.")
    pairs = (entry.partition("\n") for entry in done.stdout.decode(errors="replace").split("\0") if entry)
    return {key.lower(): value for key, _, value in pairs}


def _path(value: str, home: Path, directory: Path) -> Path:
    return home / value[2:] if value.startswith("~/") else directory / value


def _notes_ref(value: str) -> str:
    ref = value if value.startswith("refs/") else f"refs/notes/{value}"
    if not ref.startswith("refs/notes/"):
        raise UserError(
            f"kbis.notesRef is {value}, which is not below refs/notes/.",
            "Set it to a name like refs/notes/kbis-myteam; git notes reads no other place.",
        )
    if not _REF.fullmatch(ref) or _NO_REF.search(ref):
        raise UserError(
            f"kbis.notesRef is {value!r}, which cannot be the name of a ref.",
            "Set it to a name like refs/notes/kbis-myteam, of letters, digits, dots, dashes and slashes.",
        )
    return ref


def _jobs(value: str | None) -> int:
    if value is None:
        return len(os.sched_getaffinity(0))
    if not value.isdecimal() or int(value) < 1:
        raise UserError(f"kbis.jobs is {value}, which is not a number of CPUs.", "Set it to 1 or more.")
    return int(value)


def _parallel_boots(value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isdecimal() or not 1 <= int(value) <= MOST_PARALLEL_BOOTS:
        raise UserError(
            f"kbis.parallelBoots is {value}, which is not a number of boots.",
            f"Set it to a number from 1 to {MOST_PARALLEL_BOOTS}, or unset it to let kbis go by processors and memory.",
        )
    return int(value)


def _accel(value: str | None) -> str | None:
    if value in (None, "kvm", "tcg"):
        return value
    raise UserError(f"kbis.accel is {value}; it can be kvm or tcg.", "Unset it to let kbis find out.")
