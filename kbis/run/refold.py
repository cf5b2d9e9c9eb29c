"""Folding again under another trust, to say what that changes."""

from dataclasses import replace

from kbis.bisect.fold import fold
from kbis.errors import KbisError
from kbis.log.count import Counted
from kbis.log.event import Event
from kbis.log.eventlog import EventLog
from kbis.log.trust import Trust
from kbis.run.judge import judge_of
from kbis.run.session import Session
from kbis.views.effect import Effect, Shift, shift_of

NO_START = (
    "Its start event does not count, so nothing of it does. Begin it anew with kbis start; what was seen stays in the "
    "log."
)


def under(session: Session, trust: Trust) -> Session:
    """Return the same repository, read under another trust."""
    return replace(session, log=EventLog(session.repository, trust, None, session.config.notes_ref))


def effect_of(before: Counted, session: Session) -> Effect:
    """Return what is different now from what counted before.

    Raises:
        KbisError: the log cannot be read.
    """
    after = session.counted()
    searches = dict.fromkeys([*before.bisections, *after.bisections])
    shifts = [
        _shift(session, search, before.bisections.get(search, ()), after.bisections.get(search, ()))
        for search in searches
        if before.bisections.get(search) != after.bisections.get(search)
    ]
    was, now = before.signers.keys(), after.signers.keys()
    return Effect(len(now - was), len(was - now), len(now), tuple(shifts))


def _shift(session: Session, search: bytes, before: tuple[Event, ...], after: tuple[Event, ...]) -> Shift:
    was, now = fold(before), fold(after)
    if now is None:
        title = was.terms.title if was else None
        return Shift(search, title, len(before), 0, {}, None, NO_START)
    try:
        policy, ground = judge_of(session, now)
        return shift_of(was, now, policy, ground(now))
    except KbisError as why:
        return Shift(search, now.terms.title, len(before), len(after), {}, None, str(why))
