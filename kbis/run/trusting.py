"""Whose events count here, who else wrote, and where it is written down."""

import time
from collections import Counter, defaultdict

from kbis.errors import KbisError
from kbis.log import sshsig
from kbis.log.allowed_signers import SkippedLine
from kbis.log.count import Counted
from kbis.log.event import Event
from kbis.log.keys import find_signer
from kbis.log.listed_signers import listed_signers
from kbis.log.trust import Trust
from kbis.log.trust_files import system_local_time
from kbis.run.session import Session, ask_passphrase, key_settings
from kbis.run.trust_paths import file_of, trust_paths
from kbis.views.trust import Entry, Trusting, UnknownKey


def trusting(session: Session) -> Trusting:
    """Return whose events count here, and who else wrote.

    Raises:
        UserError: a trust file cannot be read.
    """
    paths = trust_paths(session.repository, session.config)
    trust, counted = session.log.trust, session.counted()
    events = Counter(each.key for every in counted.bisections.values() for each in every)
    now_s = int(time.time())
    entries, skipped = [], []
    for path in paths.allowed:
        for line in listed_signers(str(path), file_of(path).content, system_local_time):
            if isinstance(line, SkippedLine):
                skipped.append(line)
                continue
            key = line.signer.key
            in_use = line.signer.refusal(now_s, sshsig.NAMESPACE) is None
            entries.append(Entry(line, trust.revoked.revokes(key), in_use, events[key.fingerprint]))
    revocations = tuple(map(str, paths.revoked))
    return Trusting(tuple(entries), tuple(skipped), _unknown(counted, trust), own_key(session), revocations)


def own_key(session: Session) -> bytes | None:
    """Return the fingerprint of the key that signs here; None when there is none."""
    try:
        return find_signer(key_settings(session.config), ask_passphrase).signer.public.fingerprint
    except KbisError:
        return None


def _unknown(counted: Counted, trust: Trust) -> tuple[UnknownKey, ...]:
    written: dict[bytes, dict[bytes, Event]] = defaultdict(dict)
    for each in counted.ignored:
        if each.event is not None and trust.key(each.event.key) is None:
            written[each.event.key][each.event.id] = each.event
    found = [
        UnknownKey(
            key,
            len(events),
            tuple(sorted({each.search for each in events.values()})),
            max(each.time for each in events.values()),
        )
        for key, events in written.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.events, each.fingerprint)))
