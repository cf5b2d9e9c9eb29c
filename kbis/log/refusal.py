"""Why a remote would not be fetched from or pushed to: what git said, as a sentence and a next step."""

import re
from dataclasses import dataclass

from kbis.errors import InfraError, KbisError, UserError
from kbis.log.usergit import LIMIT_S, Ended

_LONGEST = 400
"""Most characters of git's own words that a message repeats."""

_NOISE = re.compile(
    r"hint:|To |Done$|Please make sure you have the correct access rights|and the repository exists"
    r"|fatal: Could not read from remote repository|error: failed to push some refs|Everything up-to-date"
)
_PASSWORD = re.compile(r"(://[^/@:\s]*):[^/@\s]*@")


@dataclass(frozen=True)
class _Cause:
    pattern: re.Pattern[str]
    family: type[KbisError]
    what: str
    hint: str


def _cause(pattern: str, family: type[KbisError], what: str, hint: str) -> _Cause:
    return _Cause(re.compile(pattern, re.IGNORECASE), family, what, hint)


# The first that fits is taken. The words are git's, OpenSSH's and curl's, in the C locale.
_CAUSES = (
    _cause(
        r"host key verification failed|remote host identification has changed",
        UserError,
        "has a host key that ssh does not know",
        "Connect to it once by hand with ssh, and compare the key.",
    ),
    _cause(
        r"permission denied \(|authentication failed|could not read (?:username|password)|prompts? disabled"
        r"|returned error: 40[13]|access denied|invalid credentials|too many authentication failures",
        UserError,
        "did not let you in",
        "Try git ls-remote on it; git's credential helpers and your ssh configuration are what kbis uses.",
    ),
    _cause(
        r"dubious ownership",
        UserError,
        "belongs to another user, and git does not trust it",
        "Add it to safe.directory in your own git configuration, if you trust its owner.",
    ),
    _cause(
        r"could not resolve|connection refused|connection timed out|connection reset|network is unreachable"
        r"|no route to host|failed to connect|operation timed out|couldn't connect|connection closed",
        InfraError,
        "cannot be reached",
        "Check the network, then run the command again; nothing recorded is lost.",
    ),
    _cause(
        r"does not appear to be a git repository|repository not found|repository '.*' not found"
        r"|returned error: 404|no such remote|no such device or address",
        UserError,
        "is not a git repository that can be reached",
        "See git remote -v, or give the URL or path of one.",
    ),
    _cause(
        r"transport '.*' not allowed",
        UserError,
        "uses a transport that git does not allow",
        "See protocol.allow in git help config.",
    ),
    _cause(
        r"does not support --signed push",
        UserError,
        "takes no signed pushes, and your git is set to sign them",
        "Set push.gpgSign to if-asked: then git signs where it is wanted.",
    ),
    _cause(
        r"unable to create temporary object directory|insufficient permission|unpack(?:er)? (?:failed|error)"
        r"|no space left|disk quota",
        InfraError,
        "cannot store what was sent",
        "Its keeper should look at its disk and its rights.",
    ),
)

# A gc of the user's may delete what git has just written, before any ref leads to it. These are git's words for it;
# what comes from the other side begins with `remote:`.
_TORN = re.compile(
    r"^(?!remote:).*(?:did not send all necessary objects|bad (?:\w+ )?object|unable to read"
    r"|object [0-9a-f]{40} (?:does not exist|not found)"
    r"|could not read [0-9a-f]{40}|cannot read existing object|missing (?:blob|tree|commit|object)|failed to traverse"
    r"|unresolved deltas|not a valid object|unable to create temporary file|failed to write object"
    r"|invalid index-pack output|unpack-objects failed|pack-objects died)",
    re.IGNORECASE | re.MULTILINE,
)
_FULL = re.compile(r"no space left|disk quota|permission denied", re.IGNORECASE)
_UNSIGNED = re.compile(r"\bsign|certificate", re.IGNORECASE)


def refusal(place: str, action: str, ended: Ended, limit_s: float = LIMIT_S) -> KbisError:
    """Return the error that says why git could not fetch from or push to a place.

    Args:
        place: The remote, as people call it.
        action: What was wanted: `fetch from` or `push to`.
        ended: How git ended.
        limit_s: The time limit that it had.
    """
    if ended.status is None:
        return InfraError(
            f"{place} did not answer within {limit_s:g} s.",
            "Check the network, then run the command again; nothing recorded is lost.",
        )
    said = words(f"{ended.err}\n{ended.out}") or f"git ended with status {ended.status}"
    cause = _known(ended)
    if cause is not None:
        return cause.family(f"{place} {cause.what}: {said}.", cause.hint)
    return InfraError(f"git could not {action} {place}: {said}.", "Try the same with git itself.")


def declined(place: str, notes_ref: str, reason: str, ended: Ended) -> KbisError:
    """Return the error that says a remote does not want our notes; trying again would not help."""
    remote = [line for line in ended.err.splitlines() if line.startswith("remote:")]
    said = "; ".join(filter(None, [reason, words("\n".join(remote))]))
    if _UNSIGNED.search(said):
        hint = "If it wants signed pushes: git config push.gpgSign if-asked."
    else:
        hint = f"Its keeper must allow pushes to {notes_ref}; your events stay in this clone's log meanwhile."
    return UserError(f"{place} does not take {notes_ref}: {said}.", hint)


def is_torn(ended: Ended) -> bool:
    """Tell whether git seems to have missed objects of ours, as it does when a gc prunes at the same time."""
    return ended.status not in (0, None) and bool(_TORN.search(ended.err)) and not _FULL.search(ended.err)


def words(text: str) -> str:
    """Return what git said, on one line, without its advice and without passwords."""
    # A line of git-push --porcelain: flag, refs and what came of it, between tabs.
    lines = (line.rpartition("\t")[2].strip().removeprefix("remote:").strip() for line in text.splitlines())
    kept = [line.removeprefix("fatal: ").removeprefix("error: ") for line in lines if not _NOISE.match(line)]
    said = "; ".join(dict.fromkeys(line.rstrip(".") for line in kept if line))
    return without_password(said)[:_LONGEST]


def without_password(text: str) -> str:
    """Return a text whose URLs do not give passwords away."""
    return _PASSWORD.sub(r"\1:***@", text)


def _known(ended: Ended) -> _Cause | None:
    return next((cause for cause in _CAUSES if cause.pattern.search(ended.err)), None)
