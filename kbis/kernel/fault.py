"""What made a build fail that is not the kernel's fault, and what mends it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a build says nothing of the kernel.

    Attributes:
        reason: What is wrong, the part of a sentence, without a full stop.
        hint: What to do, as a sentence; "" when there is nothing to say.
        of_request: The recipe asks for what cannot be: whoever wrote it mends it, not the machine's keeper.
    """

    reason: str
    hint: str = ""
    of_request: bool = False

    def __str__(self) -> str:
        """The reason, and the hint in parentheses."""
        return f"{self.reason} ({self.hint.rstrip('.')})" if self.hint else self.reason
