"""A person's word: a verdict that stands above any policy's, and taking events back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from kbis.bisect.fold import Bisection
from kbis.errors import UserError
from kbis.log.event import Event
from kbis.log.eventlog import Draft
from kbis.log.kinds import Override, Retract
from kbis.run.history import resolve
from kbis.run.session import Session

MIN_PREFIX = 4


def override(
    session: Session,
    bisection: Bisection,
    revision: str,
    verdict: Literal["good", "bad", "skip"],
    reason: str,
) -> Event:
    """Record a person's verdict of a revision.

    Raises:
        UserError: the revision is unknown, or there is no reason.
    """
    _need_reason(reason)
    oid = named_revision(session, bisection, revision)
    [event] = session.log.append(
        bisection.start.repository, bisection.id, bisection.heads, [Draft(oid, Override(verdict, reason))]
    )
    return event


def retract(session: Session, bisection: Bisection, ids: Sequence[str], reason: str) -> Event:
    """Record that events do not count any more.

    Raises:
        UserError: an id fits no event or several, an event was taken back before, or it is the start event.
    """
    _need_reason(reason)
    events = [named_event(bisection, each) for each in ids]
    for each in events:
        if each.id == bisection.id:
            raise UserError(
                "The start event cannot be retracted.", "Begin another bisection with kbis start."
            )
        if each.id in bisection.retracted:
            raise UserError(f"The event {each.id.hex()[:12]} was retracted before.", "See kbis log.")
    data = Retract(tuple(dict.fromkeys(each.id for each in events)), reason)
    [event] = session.log.append(
        bisection.start.repository, bisection.id, bisection.heads, [Draft(events[0].object, data)]
    )
    return event


def named_event(bisection: Bisection, prefix: str) -> Event:
    """Return the event whose id begins with some digits.

    Raises:
        UserError: none does, or several do.
    """
    found = [each for each in bisection.events if each.id.hex().startswith(prefix.lower())]
    if len(prefix) < MIN_PREFIX or len(found) != 1:
        count = "No event has" if not found else f"{len(found)} events have"
        raise UserError(
            f"{count} an id that begins with {prefix}.", "kbis log shows the ids; give more digits."
        )
    return found[0]


def named_revision(session: Session, bisection: Bisection, name: str) -> bytes:
    """Return the commit that a name means: in the repository, else by its first digits among those tested.

    Raises:
        UserError: there is no such commit.
    """
    tested = [each for each in bisection.evidence if each.hex().startswith(name.lower())]
    if len(name) >= MIN_PREFIX and len(tested) == 1:
        return tested[0]
    git = session.repository.git
    [oid] = resolve(Path(git.workdir or git.path), [name])
    return bytes.fromhex(oid)


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise UserError("A person's word needs a reason.", 'Give one with --why "…"; others will read it.')
