"""Letting events of a key count, or count no more: a line in a file, and what follows from it."""

import re
import time
from dataclasses import dataclass, replace
from pathlib import Path

from kbis.errors import UserError
from kbis.log import krl, sshsig
from kbis.log.allowed_signers import AllowedSigner
from kbis.log.append_to_file import append_lines
from kbis.log.count import Counted
from kbis.log.listed_signers import timed_line
from kbis.log.pubkey import PublicKey
from kbis.log.trust import Trusted, Untrusted
from kbis.log.trust_files import load_trust, system_local_time
from kbis.run.refold import effect_of, under
from kbis.run.session import Session
from kbis.run.trust_paths import TrustPaths, file_of, trust_paths
from kbis.run.trusting import own_key
from kbis.views.effect import Effect
from kbis.views.plain import printable

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True)
class Limits:
    """When a key may sign: the first and the last time, as ssh-keygen writes them or as 2026-01-31."""

    after: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Changed:
    """A change of trust.

    Attributes:
        key: The key.
        principal: The name it goes by.
        file: The file that says so now.
        effect: What follows for the events.
        refusal: Why events that the key signs now do not count; empty when they do.
        own: Whether it is the key that signs here.
        remark: What else the user should know; may be empty.
    """

    key: PublicKey
    principal: str
    file: Path
    effect: Effect
    refusal: str
    own: bool
    remark: str


def add(
    session: Session,
    key: PublicKey,
    principal: str | None,
    limits: Limits = Limits(),
    file: Path | None = None,
) -> Changed:
    """Let events of a key count.

    Args:
        session: The repository.
        key: The key.
        principal: The name it goes by.
        limits: When it may sign.
        file: Which allowed-signers file; None for this clone's own.

    Raises:
        UserError: the key counts already or is revoked, or the name or a limit cannot be written.
        InfraError: the file cannot be written.
    """
    shown = key.sha256_text
    if principal is None:
        comment = f" Its comment, {printable(key.comment)}, is no proof." if key.comment else ""
        raise UserError(
            f"It is not said whose key {shown} is.{comment}",
            "Add --principal NAME, such as its owner's mail address.",
        )
    paths, trust = trust_paths(session.repository, session.config), session.log.trust
    if trust.revoked.revokes(key):
        raise UserError(
            f"The key {shown} is revoked.",
            f"Ask its owner for a new one. If that was a mistake, take it out of {_revoking(paths, key)} first.",
        )
    now = trust.principal(key.fingerprint, time.time_ns() // 1_000_000, sshsig.NAMESPACE)
    if isinstance(now, Trusted) and limits == Limits():
        raise UserError(
            f"Events of the key {shown} count already, as {now.principal}'s.", "See kbis trust list."
        )
    if isinstance(now, Trusted) and any(_is_unlimited(each, key) for each in trust.signers):
        raise UserError(
            f"Events of the key {shown} count already without a limit, as {now.principal}'s; another line would not "
            "limit them.",
            "kbis trust list shows where that line stands; write the limit into it.",
        )
    after, before = _as_ssh_keygen(limits.after), _as_ssh_keygen(limits.before)
    line = timed_line(principal, key, sshsig.NAMESPACE, after, before, system_local_time)
    target = file or paths.own_signers
    if file is not None and not file.parent.is_dir():
        raise UserError(f"There is no directory {file.parent}.", "Make it first, or name another file.")
    read = {each.resolve() for each in (*paths.allowed, paths.own_signers)}
    unread = f"kbis does not read {target} here: set gpg.ssh.allowedSignersFile or kbis.allowedSigners to it."
    remarks = [] if target.resolve() in read else [unread]
    others = dict.fromkeys(
        each.key.sha256_text
        for each in trust.signers
        if each.key != key and principal in each.principals.split(",") and not trust.revoked.revokes(each.key)
    )
    if others:
        remarks.append(
            f"{principal} has another key already: {', '.join(others)}. Both stand for that name now."
        )
    counted = session.counted()
    append_lines(target, [line])
    return _changed(session, key, principal, target, counted, " ".join(remarks))


def revoke(session: Session, key: PublicKey, principal: str, reason: str) -> Changed:
    """Let events of a key count no more.

    Args:
        session: The repository.
        key: The key.
        principal: The name it goes by.
        reason: Why, for whoever reads the file.

    Raises:
        UserError: there is no reason, or the key is revoked already.
        InfraError: the file cannot be written.
    """
    if not reason.strip():
        raise UserError("A revocation needs a reason.", 'Give one with --why "..."; others will read it.')
    paths = trust_paths(session.repository, session.config)
    if session.log.trust.revoked.revokes(key):
        where = _revoking(paths, key)
        raise UserError(f"The key {key.sha256_text} is revoked already, in {where}.", "See kbis trust list.")
    target, remark = paths.users_revoked or paths.own_revoked, ""
    if paths.users_revoked and file_of(paths.users_revoked).content.startswith(krl.MAGIC):
        target = paths.own_revoked
        remark = (
            f"{paths.users_revoked} is a binary list, so only this clone knows. For everywhere: put the key into a "
            f"file and run ssh-keygen -k -u -f {paths.users_revoked} THAT-FILE."
        )
    counted = session.counted()
    said = f"{time.strftime('%Y-%m-%d', time.gmtime())} {principal}: {reason}"
    append_lines(target, [f"# {printable(' '.join(said.split()))}", key.line()])
    changed = _changed(session, key, principal, target, counted, remark)
    if changed.own:
        undo = f"If that was a mistake, delete the last two lines of {target}; else sign with another key (kbis key)."
        changed = replace(changed, remark=f"{remark} {undo}".strip())
    return changed


def _changed(
    session: Session, key: PublicKey, principal: str, file: Path, before: Counted, remark: str
) -> Changed:
    trust = trust_paths(session.repository, session.config).read()
    effect = effect_of(before, under(session, trust))
    now = trust.principal(key.fingerprint, time.time_ns() // 1_000_000, sshsig.NAMESPACE)
    refusal = now.reason if isinstance(now, Untrusted) else ""
    return Changed(key, principal, file, effect, refusal, key.fingerprint == own_key(session), remark)


def _is_unlimited(line: AllowedSigner, key: PublicKey) -> bool:
    return line.key == key and line.valid_after_s is None and line.valid_before_s is None


def _revoking(paths: TrustPaths, key: PublicKey) -> Path:
    """Return the file that revokes a key."""
    return next(each for each in paths.revoked if load_trust((), each).revoked.revokes(key))


def _as_ssh_keygen(limit: str | None) -> str | None:
    """Return a limit as ssh-keygen writes it."""
    return _ISO_DATE.sub(r"\1\2\3", limit) if limit else None
