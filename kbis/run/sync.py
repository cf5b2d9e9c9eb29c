"""`kbis push`, `pull` and `sync`, and the exchange that `kbis run --sync` makes between its steps."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kbis.errors import IntegrityError, KbisError
from kbis.log.exchange import Exchange, Tally
from kbis.log.places import Place, fetch_place, push_places
from kbis.log.seen import Rollback
from kbis.run.session import Session, reason_of
from kbis.run.trusting import own_key

OFFLINE_S = 60.0
"""How long `kbis run --sync` goes on alone before it tries a remote again that it could not reach."""


@dataclass(frozen=True)
class Traded:
    """What came of it.

    Attributes:
        place: The remote, as people call it.
        received: How many events came that were not here.
        counted: How many of them count.
        ignored: How many of them do not count, by reason.
        own: Whether some of those name the user's own key.
        no_events: How many lines came that are no events.
        foreign: How many paths came that are no notes.
        unreadable: How many notes came that are too long to be read.
        sent: How many events the remote had not.
        sent_else: How many lines and paths it had not that are no events.
        merges: How many commits were made that unite two histories.
        retries: How often others were faster with their push.
        rollbacks: What was seen there earlier and was not there any more.
    """

    place: str
    received: int
    counted: int
    ignored: Mapping[str, int]
    own: bool
    no_events: int
    foreign: int
    unreadable: int
    sent: int
    sent_else: int
    merges: int
    retries: int
    rollbacks: tuple[Rollback, ...]


class Team:
    """The others, at the place where they keep the log.

    Args:
        session: The repository.
        wanted: A remote's name, a URL or a path; None to choose.
        directory: What a relative path starts from.
        tell: Is told of a rollback as soon as it is found.
        interactive: Whether somebody can answer git's questions.
        remark: Takes a sentence about what takes long.

    Raises:
        UserError: there is no such remote, or none can be chosen.
    """

    def __init__(
        self,
        session: Session,
        wanted: str | None,
        directory: Path,
        *,
        tell: Callable[[Rollback], None],
        interactive: bool = False,
        remark: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._session = session
        self._tally = Tally()
        self._source = fetch_place(session.repository, wanted, directory, session.config.notes_ref)
        self._targets = push_places(session.repository, self._source)
        self._exchanges: dict[Place, Exchange] = {
            place: Exchange(
                session.log, place, session.config.notes_ref, self._tally, tell, interactive, remark
            )
            for place in (self._source, *self._targets)
        }

    @property
    def name(self) -> str:
        """The remote, as people call it."""
        return self._source.name

    def pull(self) -> None:
        """Take in what the others have recorded.

        Raises:
            KbisError: it could not be had; the log is as it was.
        """
        self._exchanges[self._source].pull()

    def push(self) -> None:
        """Send them what was recorded here.

        Raises:
            KbisError: it could not be sent; the log has it.
        """
        for place in self._targets:
            self._exchanges[place].push()

    def traded(self) -> Traded:
        """Return what was traded up to now."""
        received = self._tally.received
        counted, ignored, own = 0, Counter[str](), False
        if received.events:
            log = self._session.counted()
            counted = sum(each in log.signers for each in received.events)
            reasons = {each.event.id: reason_of(each) for each in log.ignored if each.event is not None}
            keys = {each.event.key for each in log.ignored if each.event and each.event.id in received.events}
            own = bool(keys) and own_key(self._session) in keys
            ignored = Counter(
                reasons.get(each, "malformed") for each in received.events if each not in log.signers
            )
        return Traded(
            place=self.name,
            received=len(received.events),
            counted=counted,
            ignored=dict(sorted(ignored.items())),
            own=own,
            no_events=received.no_events,
            foreign=received.foreign,
            unreadable=received.unreadable,
            sent=len(self._tally.sent.events),
            sent_else=self._tally.sent.no_events + self._tally.sent.foreign,
            merges=self._tally.merges,
            retries=self._tally.retries,
            rollbacks=tuple(self._tally.rollbacks),
        )


class SteadyExchange:
    """The exchange of a long run: it must succeed once; later failures are told, and the run goes on alone meanwhile.

    Args:
        team: The others.
        tell: Takes a sentence for the user.
        clock: Seconds, from any start.
    """

    def __init__(
        self, team: Team, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._team = team
        self._tell = tell
        self._clock = clock
        self._began = False
        self._failed_at: float | None = None

    def __call__(self) -> None:
        """Pull, then push.

        Raises:
            IntegrityError: what the others have does not hold together.
            KbisError: the first exchange failed.
        """
        if self._failed_at is not None and self._clock() - self._failed_at < OFFLINE_S:
            return
        try:
            self._team.pull()
            self._team.push()
        except IntegrityError:
            raise
        except KbisError as why:
            if not self._began:
                raise
            if self._failed_at is None:
                self._tell(f"{why} kbis goes on without {self._team.name} and tries again later.")
            self._failed_at = self._clock()
        else:
            if self._failed_at is not None:
                self._tell(f"{self._team.name} is there again; all that was recorded meanwhile is sent.")
            self._failed_at = None
        self._began = True

    def finish(self) -> None:
        """Send what is unsent when the run ends; say so when it stays here."""
        if self._failed_at is None:
            return
        try:
            self._team.pull()
            self._team.push()
        except KbisError:
            self._tell(
                f"{self._team.name} is still out of reach: what was recorded since is in this clone only. "
                "kbis sync sends it."
            )
