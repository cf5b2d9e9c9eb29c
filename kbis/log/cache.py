"""Remembering which lines were verified: a signature that held once holds for ever.

What is remembered is a fact about bytes alone (this line's signature is that of the key it names), so no change of
trust makes it wrong. The file may be deleted at any time; several processes may use it at once; when it is damaged or
cannot be written, verification is only slower. `kbis verify` does not use it.
"""

import contextlib
import sqlite3
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path

SCHEMA = 1
"""Written into the file; another number makes it start anew."""

BUSY_MS = 2000
_AT_ONCE = 500
"""Placeholders of one query; SQLite allows 999 in its oldest form."""


class VerifiedLines:
    """The lines whose signature is known to hold.

    Args:
        path: The SQLite file, made when absent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: sqlite3.Connection | None = None

    def known(self, lines: Collection[bytes]) -> set[bytes]:
        """Return those of the lines that were verified before."""
        by_digest = {sha256(line).digest(): line for line in lines}
        found: set[bytes] = set()
        with contextlib.suppress(sqlite3.Error, OSError):
            connection = self._connection()
            for part in _parts(list(by_digest)):
                marks = ",".join("?" * len(part))
                rows = connection.execute(f"SELECT digest FROM verified WHERE digest IN ({marks})", part)  # noqa: S608 - marks only
                found.update(by_digest[row[0]] for row in rows)
        return found

    def add(self, lines: Collection[bytes]) -> None:
        """Remember lines whose signature was just seen to hold."""
        if not lines:
            return
        with contextlib.suppress(sqlite3.Error, OSError), self._connection() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO verified VALUES (?)", ((sha256(line).digest(),) for line in lines)
            )

    def digests(self) -> set[bytes]:
        """Return the SHA-256 of every line that was verified before; none when that cannot be read."""
        with contextlib.suppress(sqlite3.Error, OSError):
            return {row[0] for row in self._connection().execute("SELECT digest FROM verified")}
        return set()

    def clear(self) -> None:
        """Forget them all."""
        with contextlib.suppress(sqlite3.Error, OSError), self._connection() as connection:
            connection.execute("DELETE FROM verified")

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._path.parent.mkdir(exist_ok=True)
            try:
                self._open = self._prepared()
            except sqlite3.DatabaseError:
                self._path.unlink(missing_ok=True)
                self._open = self._prepared()
        return self._open

    def _prepared(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_MS / 1000)
        connection.execute("PRAGMA journal_mode = WAL")
        # Losing the last seconds of a cache in a power cut costs nothing.
        connection.execute("PRAGMA synchronous = OFF")
        if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
            connection.execute("DROP TABLE IF EXISTS verified")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("CREATE TABLE IF NOT EXISTS verified (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        connection.commit()
        return connection


def _parts(digests: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(digests), _AT_ONCE):
        yield digests[start : start + _AT_ONCE]
