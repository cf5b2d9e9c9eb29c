"""Who is testing what now, since when and until when at the latest. Pure.

A machine renews its claim as long as it works, so a claim whose time is long over was left by one that died.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kbis.bisect.claims import held
from kbis.bisect.fold import Bisection
from kbis.log.event import Event
from kbis.log.kinds import Claim
from kbis.views.plain import printable, short, when

WAY_OUT = "A claim runs out by itself. If its machine died: kbis retract EVENT --why ... ends it now."


def claim_lines(
    bisection: Bisection, signers: Mapping[bytes, str], now_ms: int, revisions: Collection[bytes] = ()
) -> Iterator[str]:
    """Yield one line a claim that holds, below a heading, and the way out; nothing where none holds.

    Args:
        bisection: The state.
        signers: Who signed each event.
        now_ms: Milliseconds since 1970.
        revisions: Only claims of these; empty for all.
    """
    found = [each for each in held(bisection, now_ms) if not revisions or each.object in revisions]
    if found:
        yield "Being tested now:"
    for each in found:
        claim = _claim(each)
        yield printable(
            f"  {short(each.object)}  by {signers.get(each.id, '?')} on {claim.machine}, since {when(each.time)}, "
            f"until {when(claim.until)} at the latest (claim {short(each.id)})"
        )
    if found:
        yield WAY_OUT


def claims_json(bisection: Bisection, signers: Mapping[bytes, str], now_ms: int) -> list[dict[str, Any]]:
    """Return the claims that hold as data."""
    return [
        {
            "event": each.id.hex(),
            "revision": each.object.hex(),
            "signer": signers.get(each.id),
            "machine": _claim(each).machine,
            "since_ms": each.time,
            "until_ms": _claim(each).until,
        }
        for each in held(bisection, now_ms)
    ]


def _claim(event: Event) -> Claim:
    assert isinstance(event.data, Claim)  # noqa: S101 - `held` returns no other kind
    return event.data
