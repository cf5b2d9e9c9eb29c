"""The timestamps of `valid-after` and `valid-before` (ssh-keygen(1), ALLOWED SIGNERS)."""

from collections.abc import Callable
from datetime import UTC, datetime

LocalTime = Callable[[datetime], int]
"""Turns a date and time without a zone into seconds since 1970 UTC, by some local rule."""

_FORMATS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def parse_timestamp(text: str, local: LocalTime) -> int:
    """Read `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, in UTC when `Z` follows, else in local time.

    Like ssh-keygen, takes `UTC` for `Z` and refuses times up to 1970-01-01Z. Unlike it, refuses
    dates that no calendar has, such as 20240230.

    Returns:
        Seconds since 1970 UTC, above 0.

    Raises:
        ValueError: The text has another form; the message says which are known.
    """
    upper = text.upper()
    digits = upper.removesuffix("UTC") if upper.endswith("UTC") else upper.removesuffix("Z")
    pattern = _FORMATS.get(len(digits))
    if pattern is None or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f'the time "{text}" is not YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z]')
    try:
        naive = datetime.strptime(digits, pattern)  # noqa: DTZ007  the zone is applied below
        seconds = local(naive) if digits == upper else int(naive.replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError) as error:
        raise ValueError(f'the time "{text}" is in no calendar') from error
    if seconds <= 0:
        raise ValueError(f'the time "{text}" is before 1970')
    return seconds
