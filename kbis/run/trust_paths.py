"""Where trust is written down: the user's files, which git uses too, and this clone's own."""

from dataclasses import dataclass, replace
from pathlib import Path

from kbis.config import Config
from kbis.log.repository import Repository
from kbis.log.revocation import Revocations
from kbis.log.trust import Trust, TrustFile
from kbis.log.trust_files import load_trust

LOCAL_SIGNERS = Path("kbis") / "allowed_signers"
"""This clone's own allowed signers, below the git directory."""

LOCAL_REVOKED = Path("kbis") / "revoked"
"""This clone's own revoked keys, below the git directory."""


@dataclass(frozen=True)
class TrustPaths:
    """The files of one clone.

    Attributes:
        users_signers: Allowed signers as the user's configuration names them; they come first.
        own_signers: This clone's allowed signers; need not be there.
        users_revoked: The revocation file that the configuration names, or None.
        own_revoked: This clone's revoked keys; need not be there.
    """

    users_signers: tuple[Path, ...]
    own_signers: Path
    users_revoked: Path | None
    own_revoked: Path

    @property
    def allowed(self) -> tuple[Path, ...]:
        """The allowed-signers files to be read, in order."""
        return (*self.users_signers, *([self.own_signers] if self.own_signers.exists() else []))

    @property
    def revoked(self) -> tuple[Path, ...]:
        """The revocation files to be read; a key that any of them lists is revoked."""
        users = [self.users_revoked] if self.users_revoked else []
        return (*users, *([self.own_revoked] if self.own_revoked.exists() else []))

    def read(self) -> Trust:
        """Return what the files say together.

        Raises:
            UserError: one cannot be read, or a revocation file cannot be understood.
        """
        lists = [load_trust((), each).revoked for each in self.revoked]
        sha256 = frozenset[bytes]().union(*(each.sha256 for each in lists))
        sha1 = frozenset[bytes]().union(*(each.sha1 for each in lists))
        return replace(load_trust(self.allowed, None), revoked=Revocations(sha256, sha1))


def trust_paths(repository: Repository, config: Config) -> TrustPaths:
    """Return the files that say whose events count here."""
    own = repository.directory
    return TrustPaths(config.allowed_signers, own / LOCAL_SIGNERS, config.revocation, own / LOCAL_REVOKED)


def file_of(path: Path) -> TrustFile:
    """Return a file's name and bytes.

    Raises:
        OSError: it cannot be read.
    """
    return TrustFile(str(path), path.read_bytes())
