"""The three families of errors a user can meet, each with its own exit code.

Every message is a sentence that says what happened and to which object; `hint` says what to do next.
A family is chosen by who can mend it: the user, the machine's keeper, or nobody (the facts are damaged).
"""


class KbisError(Exception):
    """Anything kbis reports to the user without a traceback.

    Attributes:
        hint: The next step, as a sentence; empty when there is none.
        exit_code: What the process exits with when this error ends it.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UserError(KbisError):
    """The request cannot be met as it was put: a wrong argument, revision, repository or key."""

    exit_code = 2


class InfraError(KbisError):
    """The lab failed: a tool is missing, the disk is full, git or QEMU broke. Trying again may help."""

    exit_code = 3


class IntegrityError(KbisError):
    """Recorded facts do not hold together: a bad signature, a damaged object, a rolled-back ref."""

    exit_code = 4
