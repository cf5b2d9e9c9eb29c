"""Verifying a clone: its log from the bytes up, the refs that should hold the same, and a second opinion."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pygit2

from kbis.errors import UserError
from kbis.log.blobs import MissingObjectError
from kbis.log.elsewhere import REMOTES, Elsewhere, HostileTreeError, compare_ref, tracking_refs
from kbis.log.event import Event
from kbis.log.foreign import ForeignTreeError
from kbis.log.places import fetch_place, same_remotes
from kbis.log.refs import tip
from kbis.log.second_opinion import Signed, disagreements
from kbis.log.seen import Rollback, find_rollback, last_seen, tree_of
from kbis.log.store import LOG_REF, Store
from kbis.log.trouble import Trouble
from kbis.log.verify import Verified, verify
from kbis.run.refold import under
from kbis.run.session import Session
from kbis.run.setbacks import found_setbacks, verified_once
from kbis.run.trust_paths import file_of, trust_paths
from kbis.views.verification import Verification

TOLD_EVERY = 1000
"""After so many signatures that ssh-keygen was asked about, its progress is told."""


def verify_clone(session: Session, *, second_opinion: bool, tell: Callable[[str], None]) -> Verification:
    """Verify all that this clone holds.

    Args:
        session: The repository.
        second_opinion: Whether to ask ssh-keygen about each event that counts.
        tell: Takes a sentence for the user.

    Raises:
        UserError: a ref does not hold notes, or a trust file is wrong.
        InfraError: ssh-keygen is not there.
        IntegrityError: an object that the log leads to is gone.
    """
    repository = session.repository
    git = repository.git
    store = Store(git, repository.directory, session.config.notes_ref)
    # What was published is looked at as it lies, before opening the log heals it.
    published = _commit(git, session.config.notes_ref)
    once = verified_once(session)
    refused = ""
    try:
        tree = store.tree()
    except UserError as why:
        refused, published, tree = str(why), None, tree_of(git, _commit(git, LOG_REF))
    # Read by a log of its own, so that its events are not in the memory any more when the others come.
    usual = {} if refused else under(session, session.log.trust).counted().signers
    verified = store.unpruned(lambda: verify(git, tree, session.log.trust, repository.has_root))
    troubles = verified.troubles
    if refused:
        troubles.add(Trouble("failure", "refused notes", refused))
    else:
        differing = usual.items() ^ verified.counted.signers.items()
        # Another process may have recorded something meanwhile.
        if differing and tree_of(git, _commit(git, LOG_REF)) == tree:
            said = f"{len(differing)} events count in one reading and not in the other"
            troubles.add(Trouble("failure", "cache differs", said))
    for trouble in found_setbacks(session, tree, verified.digests, once):
        troubles.add(trouble)
    elsewhere = tuple(_elsewhere(session, published, tree, verified))
    for each in elsewhere:
        for trouble in _losses(session, each):
            troubles.add(trouble)
    asked = _ask_ssh_keygen(session, verified, tell) if second_opinion else None
    return Verification(verified, str(_commit(git, LOG_REF) or ""), elsewhere, asked)


def _commit(git: pygit2.Repository, ref: str) -> pygit2.Oid | None:
    """Return the commit that a ref leads to; None when there is none, which opening the log has words for."""
    with suppress(KeyError, ValueError, pygit2.GitError):
        return tip(git, ref)
    return None


def _elsewhere(
    session: Session, published: pygit2.Oid | None, tree: pygit2.Oid | None, verified: Verified
) -> Iterator[Elsewhere]:
    git = session.repository.git
    for ref in (session.config.notes_ref, *tracking_refs(git)):
        at = published if ref == session.config.notes_ref else _commit(git, ref)
        if at is None:
            continue
        try:
            yield compare_ref(git, ref, at, tree, verified.events)
        except (
            HostileTreeError,
            ForeignTreeError,
            MissingObjectError,
            KeyError,
            ValueError,
            pygit2.GitError,
        ) as why:
            detail = f"{ref} cannot be compared: {why}"
            verified.troubles.add(Trouble("failure", "refused notes", detail))


def _losses(session: Session, elsewhere: Elsewhere) -> Iterator[Trouble]:
    for each in elsewhere.removals:
        said = f"{each.author} took lines out of {elsewhere.ref} with commit {each.commit[:12]}"
        yield Trouble("warning", "lines removed", said)
    lost = _set_back(session, elsewhere)
    if lost is not None and not elsewhere.removals:
        said = f"{lost.place} lacked {len(lost.missing.events)} events that were seen there, when it was last asked"
        yield Trouble("warning", "lines removed", said)
    if elsewhere.robbed and not elsewhere.removals:
        said = f"{elsewhere.ref} holds {elsewhere.robbed} events without what they follow, which is here"
        yield Trouble("warning", "lines removed", said)


def _set_back(session: Session, elsewhere: Elsewhere) -> Rollback | None:
    """Return what a remote had lost when it was last fetched from, by whomever."""
    if not elsewhere.ref.startswith(REMOTES):
        return None
    repository = session.repository
    name = elsewhere.ref.removeprefix(REMOTES).removesuffix("/notes")
    try:
        place = fetch_place(repository, name, repository.directory, session.config.notes_ref)
        if len(same_remotes(repository, place)) > 1:
            # What was seen there may have come under the other name.
            return None
        return find_rollback(repository, place, last_seen(repository, place), pygit2.Oid(hex=elsewhere.tip))
    except (UserError, MissingObjectError, KeyError, pygit2.GitError):
        return None


def _ask_ssh_keygen(session: Session, verified: Verified, tell: Callable[[str], None]) -> int:
    """Ask about each event that counts, and return how many there were."""
    trust = session.log.trust
    events: dict[bytes, Event] = {
        each.id: each for every in verified.counted.bisections.values() for each in every
    }
    signed = []
    for event_id, event in events.items():
        key = trust.key(event.key)
        assert key is not None  # noqa: S101 - its event counts
        signed.append(Signed(event, verified.counted.signers[event_id], key, verified.signatures[event_id]))
    paths = trust_paths(session.repository, session.config)
    allowed = [file_of(each) for each in paths.allowed]
    revoked = [file_of(each) for each in paths.revoked]

    def told(number: int) -> None:
        if number % TOLD_EVERY == 0:
            tell(f"ssh-keygen was asked about {number} of {len(signed)} signatures.")

    for event, said in disagreements(signed, allowed, revoked, told):
        detail = f"ssh-keygen says: {said}"
        verified.troubles.add(Trouble("failure", "second opinion differs", detail, event.object.hex(), event))
    return len(signed)
