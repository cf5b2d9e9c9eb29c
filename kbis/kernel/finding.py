"""One thing that kbis doctor looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        subject: What was looked at, a word or two.
        ok: Whether it is as it should be.
        sentence: What was found.
        hint: What to do; "" when nothing.
        required: Whether kbis cannot work without it.
    """

    subject: str
    ok: bool
    sentence: str
    hint: str = ""
    required: bool = True
