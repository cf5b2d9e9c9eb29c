"""Reading trust from the disk: the files named in the configuration, and the local time zone."""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kbis.errors import UserError
from kbis.log.trust import Trust, TrustFile


def load_trust(allowed: Sequence[Path], revoked: Path | None) -> Trust:
    """Read allowed-signers files and a revocation file.

    Raises:
        UserError: A file cannot be read, or the revocation file cannot be understood.
    """
    return Trust.parse(
        [_read(path, "allowed-signers file") for path in allowed],
        _read(revoked, "revocation file") if revoked else None,
        system_local_time,
    )


def system_local_time(naive: datetime) -> int:
    """Seconds since 1970 UTC of a local time, always by standard time.

    ssh-keygen hands mktime(3) a cleared tm_isdst, so a local time in its files is never summer time.
    """
    return int(time.mktime((*naive.timetuple()[:6], 0, 1, 0)))


def _read(path: Path, role: str) -> TrustFile:
    try:
        return TrustFile(str(path), path.read_bytes())
    except OSError as error:
        raise UserError(
            f"The {role} {path} cannot be read: {error.strerror}.",
            "Make the file, or correct its path in the configuration; 'git config --show-origin "
            '--get-regexp "allowedsigners|revocation"\' shows where it is set.',
        ) from error
