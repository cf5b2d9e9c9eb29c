"""A person's word: a verdict above any policy's, a title that is the target too, and taking events back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kbis.bisect.crash_title import without_lines
from kbis.bisect.fold import Bisection
from kbis.errors import UserError
from kbis.log.event import Event
from kbis.log.eventlog import Draft
from kbis.log.kinds import Alias, Boot, Override, Retract
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
    return _record(session, bisection, Draft(oid, Override(verdict, reason)))


@dataclass(frozen=True)
class Retracted:
    """What came of taking events back.

    Attributes:
        event: The retraction; None when nothing was left to take back.
        taken: The events that do not count from now on.
        before: The events that somebody had taken back before, each with the retraction that did.
    """

    event: Event | None
    taken: tuple[Event, ...]
    before: tuple[tuple[Event, Event], ...]


def retract(session: Session, bisection: Bisection, ids: Sequence[str], reason: str) -> Retracted:
    """Record that events do not count any more; those that did not count already are left alone.

    Raises:
        UserError: an id fits no event or several, there is no reason, or it is the start event.
    """
    _need_reason(reason)
    events = list(dict.fromkeys(named_event(bisection, each) for each in ids))
    if any(each.id == bisection.id for each in events):
        raise UserError("The start event cannot be retracted.", "Begin another bisection with kbis start.")
    before = tuple((each, bisection.retracted[each.id]) for each in events if each.id in bisection.retracted)
    taken = tuple(each for each in events if each.id not in bisection.retracted)
    if not taken:
        return Retracted(None, (), before)
    data = Retract(tuple(each.id for each in taken), reason)
    return Retracted(_record(session, bisection, Draft(taken[0].object, data)), taken, before)


def alias(
    session: Session, bisection: Bisection, title: str, reason: str, *, is_target: bool
) -> Event | None:
    """Record that crashes of a title are the target too, or are not; None when that stands already.

    Raises:
        UserError: it is no title, there is no reason, or the title is that of the target given at the start.
    """
    _need_reason(reason)
    if not (title.strip() and title.isprintable()):
        raise UserError("That is not the title of a crash.", "kbis log shows the titles that were seen.")
    given = bisection.terms.target
    if given is not None and without_lines(given.title) == without_lines(title):
        raise UserError(
            "That is the target's own title.", "To hunt another crash, begin with kbis start --target."
        )
    standing = bisection.aliases.get(without_lines(title))
    if standing is not None and isinstance(standing.data, Alias) and standing.data.is_target == is_target:
        return None
    return _record(session, bisection, Draft(bisection.bad, Alias(title, is_target, reason)))


def is_seen(bisection: Bisection, title: str) -> bool:
    """Tell whether a boot of a bisection died of a crash of this title, line numbers aside."""
    return any(
        isinstance(each.data, Boot)
        and each.data.title
        and without_lines(each.data.title) == without_lines(title)
        for each in bisection.events
    )


def _record(session: Session, bisection: Bisection, draft: Draft) -> Event:
    [event] = session.log.append(bisection.start.repository, bisection.id, bisection.heads, [draft])
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
