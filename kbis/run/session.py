"""A session: one repository opened with the user's settings, its log, and the bisections in it."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from getpass import getpass
from pathlib import Path

from kbis import config as settings
from kbis.bisect.fold import Bisection, fold
from kbis.config import Config
from kbis.errors import InfraError, UserError
from kbis.log import sshsig
from kbis.log.allowed_signers import format_line, safe_principal
from kbis.log.append_to_file import append_lines
from kbis.log.count import Counted, Ignored
from kbis.log.eventlog import EventLog
from kbis.log.keys import FoundSigner, KeySettings, find_signer
from kbis.log.pubkey import PublicKey
from kbis.log.repository import Repository, open_repository
from kbis.log.trust import Trust, Untrusted
from kbis.run.trust_paths import trust_paths
from kbis.views.plain import plural

CURRENT = Path("kbis") / "current"
"""Holds the id of the bisection that commands mean when they are not told."""


@dataclass(frozen=True)
class Session:
    """One repository, opened.

    Attributes:
        repository: The repository.
        config: What the user and the machine say.
        log: Its event log.
        signer: Who signs; None when opened for reading.
    """

    repository: Repository
    config: Config
    log: EventLog
    signer: FoundSigner | None

    def with_parallel_boots(self, number: int | None) -> "Session":
        """Return the session where so many boots are made at once; None leaves it as it is configured."""
        return self if number is None else replace(self, config=replace(self.config, parallel_boots=number))

    def with_clean_builds(self, *, clean: bool) -> "Session":
        """Return the session where every build begins with an empty directory, if `clean` says so."""
        return replace(self, config=replace(self.config, clean_builds=True)) if clean else self

    def counted(self) -> Counted:
        """Return the log as of now."""
        return self.log.counted()

    def bisections(self) -> tuple[Bisection, ...]:
        """Return every bisection, by the time its start event names, then by id."""
        folded = (fold(events) for events in self.counted().bisections.values())
        found = [each for each in folded if each is not None]
        return tuple(sorted(found, key=lambda each: (each.start.time, each.id)))

    def bisection(self, wanted: str | None) -> Bisection:
        """Return the bisection of an id's first digits, or the current one.

        Raises:
            UserError: there is none, or more than one fits.
        """
        found = self.bisections()
        if not found:
            raise self._none()
        prefix = (wanted or self.current() or "").lower()
        if not prefix and len(found) > 1:
            raise UserError(
                f"There are {len(found)} bisections here, and none is chosen.",
                "Name one with --bisection ID, or choose it with kbis switch ID; kbis list shows them.",
            )
        fitting = [each for each in found if each.id.hex().startswith(prefix)]
        if len(fitting) != 1:
            count = "no bisection has" if not fitting else f"{len(fitting)} bisections have"
            where = "" if wanted else f" (it stands in {self.repository.directory / CURRENT})"
            raise UserError(
                f"In this repository {count} an id that begins with {prefix[:64]}{where}.",
                "kbis list shows them; kbis switch ID chooses one.",
            )
        return fitting[0]

    def _none(self) -> UserError:
        ignored = self.counted().ignored
        if not ignored:
            return UserError(
                "There is no bisection in this repository.", "Begin one with kbis start BAD GOOD."
            )
        return UserError(
            f"No bisection here counts: {ignored_words(ignored)}.",
            " ".join(ignored_hints(ignored)) or "kbis log --all shows each line with its reason.",
        )

    def again(self, bisection: Bisection) -> Bisection:
        """Return the state of a bisection as of now."""
        now = fold(self.counted().bisections.get(bisection.id, ()))
        if now is None:
            raise UserError(
                f"The start event of bisection {bisection.id.hex()[:12]} does not count any more.",
                "Was its note removed, or its key taken from the allowed signers or revoked? See kbis list.",
            )
        return now

    def current(self) -> str | None:
        """Return the id (hex) of the current bisection, if one was chosen."""
        try:
            return (self.repository.directory / CURRENT).read_text().strip() or None
        except OSError:
            return None

    def make_current(self, bisection_id: bytes) -> None:
        """Choose the bisection that commands mean when they are not told."""
        path = self.repository.directory / CURRENT
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_text(bisection_id.hex() + "\n")
        except OSError as why:
            raise InfraError(
                f"The current bisection cannot be written to {path}: {why.strerror}.",
                "Check rights and free space there; kbis works without it when --bisection names one.",
            ) from why


REVOKED = "revoked key"
"""What a person is told of an event whose key is not merely unknown."""


def reason_of(ignored: Ignored) -> str:
    """Return why a line does not count, in two words; a revoked key is told from one that nobody here knows."""
    is_revoked = ignored.reason == "untrusted key" and ignored.detail.endswith("is revoked")
    return REVOKED if is_revoked else ignored.reason


def ignored_hints(ignored: Iterable[Ignored]) -> Iterator[str]:
    """Yield what to do about the commonest reasons for which lines do not count."""
    reasons = {reason_of(each) for each in ignored}
    if "untrusted key" in reasons:
        yield "kbis trust list shows the keys; kbis trust add lets one count, kbis key your own."
    if REVOKED in reasons:
        yield "kbis trust list says where keys are revoked; what they wrote counts no more."
    if "other repository" in reasons:
        yield "Events of another repository never count here: is this the clone you mean?"


def ignored_words(ignored: Iterable[Ignored]) -> str:
    """Return how many lines do not count, by reason."""
    reasons = Counter(map(reason_of, ignored))
    listed = ", ".join(f"{reason} ({number})" for reason, number in sorted(reasons.items()))
    return f"{plural(reasons.total(), 'line')} of the log not counted: {listed}"


def open_session(directory: Path, *, write: bool, tell: Callable[[str], None]) -> Session:
    """Open the repository that a directory lies in.

    Args:
        directory: Any directory of it.
        write: Whether events will be appended; then a key is needed, and is trusted here.
        tell: Takes a sentence for the user.

    Raises:
        UserError: there is no repository, or no usable key, or a trust file is wrong.
    """
    repository = open_repository(directory)
    config = settings.load(directory)
    signer = find_signer(key_settings(config), ask_passphrase) if write else None
    trust = read_trust(repository, config)
    if signer is not None and trust.key(signer.signer.public.fingerprint) is None:
        trust_key(repository, config, signer.signer.public)
        tell(f"Events of your key {signer.signer.public.sha256_text} count in this clone from now on.")
        trust = read_trust(repository, config)
    log = EventLog(repository, trust, signer.signer if signer else None, config.notes_ref)
    if signer is not None:
        _refuse_distrusted(trust, signer)
    return Session(repository, config, log, signer)


def key_settings(config: Config) -> KeySettings:
    """Return where keys may be."""
    return KeySettings(config.signing_key, config.agent_socket, config.own_key, config.home)


def read_trust(repository: Repository, config: Config) -> Trust:
    """Return whose events count here: the user's allowed signers, then this clone's own."""
    return trust_paths(repository, config).read()


def trust_key(repository: Repository, config: Config, key: PublicKey) -> Path:
    """Let events of a key count in this clone, and return the file that says so."""
    path = trust_paths(repository, config).own_signers
    append_lines(path, [format_line(safe_principal(config.principal), key, sshsig.NAMESPACE)])
    return path


def ask_passphrase(path: Path) -> str | None:
    """Ask for the passphrase of a key file; None where nobody can answer."""
    return getpass(f"Passphrase of {path}: ") if sys.stdin.isatty() else None


def _refuse_distrusted(trust: Trust, signer: FoundSigner) -> None:
    now = trust.principal(signer.signer.public.fingerprint, _now_ms(), sshsig.NAMESPACE)
    if isinstance(now, Untrusted):
        raise UserError(
            f"Your own events would not count: {now.reason}.",
            "Mend the allowed signers or the revocation file, or sign with another key (kbis key).",
        )


def _now_ms() -> int:
    import time

    return time.time_ns() // 1_000_000
