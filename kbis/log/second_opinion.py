"""A second opinion: the stock `ssh-keygen` asked whether it accepts each signature, key, name and time."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kbis.errors import InfraError
from kbis.log import krl, sshsig
from kbis.log.event import Event
from kbis.log.pubkey import PublicKey
from kbis.log.trust import TrustFile

LAST_SECOND_S = 253_402_300_799
"""The end of the year 9999, the last that ssh-keygen's form of a time can say."""


@dataclass(frozen=True)
class Signed:
    """An event that counts, the name it counts under, its key and its raw signature."""

    event: Event
    principal: str
    key: PublicKey
    signature: bytes


def disagreements(
    signed: Sequence[Signed],
    allowed: Sequence[TrustFile],
    revoked: Sequence[TrustFile],
    tell: Callable[[int], None],
) -> Iterator[tuple[Event, str]]:
    """Yield each event that `ssh-keygen -Y verify` does not accept, with what it said.

    It is asked about the time the event names, as git does with a commit's (gpg-interface.c).

    Args:
        signed: The events.
        allowed: The allowed-signers files, in order.
        revoked: The revocation files.
        tell: Is told from time to time how many are done.

    Raises:
        InfraError: ssh-keygen is not there, or is too old to know the protocol.
    """
    with tempfile.TemporaryDirectory(prefix="kbis-verify-") as name:
        place = Path(name)
        (place / "allowed").write_bytes(b"\n".join(each.content for each in allowed) + b"\n")
        options = ["-f", str(place / "allowed"), *_revocations(place, revoked)]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            answers = pool.map(lambda each: _ask(place, options, each), signed)
            for number, (each, said) in enumerate(zip(signed, answers, strict=True), 1):
                if said:
                    yield each.event, said
                tell(number)


def _ask(place: Path, options: Sequence[str], signed: Signed) -> str:
    """Return what ssh-keygen has against an event; nothing when it accepts it."""
    signature = place / f"{signed.event.id.hex()}.sig"
    signature.write_text(sshsig.armor(signed.key, signed.signature))
    at = datetime.fromtimestamp(min(max(signed.event.time // 1000, 1), LAST_SECOND_S), UTC)
    asked = [
        "-Y",
        "verify",
        "-n",
        sshsig.NAMESPACE,
        "-I",
        signed.principal,
        f"-Overify-time={at:%Y%m%d%H%M%SZ}",
    ]
    done = _keygen(*asked, *options, "-s", str(signature), stdin=signed.event.body)
    signature.unlink()
    return "" if done.returncode == 0 else _last_line(done)


def _revocations(place: Path, revoked: Sequence[TrustFile]) -> list[str]:
    """Join the revocation files into one, of the binary form when one of them has it."""
    if not revoked:
        return []
    lists = [each for each in revoked if each.content.startswith(krl.MAGIC)]
    texts = [each for each in revoked if each not in lists]
    joined, text = place / "revoked", place / "revoked-text"
    if len(lists) > 1:
        raise InfraError(
            "ssh-keygen can be given one binary key revocation list, and there are two.",
            f"Make one of {lists[0].name} and {lists[1].name}, or leave --ssh-keygen out.",
        )
    if not lists:
        joined.write_bytes(b"\n".join(each.content for each in texts) + b"\n")
        return ["-r", str(joined)]
    joined.write_bytes(lists[0].content)
    if texts:
        text.write_bytes(b"\n".join(each.content for each in texts) + b"\n")
        done = _keygen("-k", "-u", "-f", str(joined), str(text))
        if done.returncode != 0:
            raise InfraError(f"ssh-keygen cannot join the revocation files: {_last_line(done)}.")
    return ["-r", str(joined)]


def _keygen(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", *arguments], input=stdin, capture_output=True, check=False)
    except FileNotFoundError as why:
        raise InfraError(
            "ssh-keygen is not installed.",
            "Install it (package openssh-client or openssh), or leave --ssh-keygen out.",
        ) from why


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"exit status {done.returncode}"
