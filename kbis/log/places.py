"""Where a team's log is kept: a remote of the user's, or a URL or path."""

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from kbis.errors import UserError
from kbis.log.refusal import without_password
from kbis.log.repository import Repository
from kbis.log.store import NOTES_REF
from kbis.log.usergit import value_of

_REF_PART = re.compile(r"(?!.*(?:\.\.|//|/\.|\.lock/|\.lock$|/$))[A-Za-z0-9_][A-Za-z0-9._+@/-]*")
"""Names of remotes that can stand within a ref's (git-check-ref-format(1)); git config lets others be written."""


@dataclass(frozen=True)
class Place:
    """A repository that others push to and fetch from.

    Attributes:
        name: How people call it, without passwords.
        argument: What git is given to find it: the remote's name, so that its settings hold, or a URL.
        digest: Names the URL and the ref, 16 hex digits: the same place under one name or another.
        remote: The remote's name; None for a URL that no remote has or that only pushes go to.
        notes_ref: The published ref there and here.
    """

    name: str
    argument: str
    digest: str
    remote: str | None
    notes_ref: str = NOTES_REF

    @property
    def tracking(self) -> str:
        """The ref that holds what was fetched from it last; outside refs/notes, so that git log shows no note twice."""
        name = self.remote if self.remote and _REF_PART.fullmatch(self.remote) else f"url-{self.digest}"
        return f"refs/kbis/remotes/{name}/notes"

    @property
    def seen(self) -> str:
        """The ref that holds the newest notes that are known to have been there."""
        return f"refs/kbis/seen/{self.digest}"


def fetch_place(
    repository: Repository, wanted: str | None, directory: Path, notes_ref: str = NOTES_REF
) -> Place:
    """Return where to fetch from.

    Args:
        repository: The user's repository.
        wanted: A remote's name, a URL or a path; None for the upstream remote of the current branch, else
            `origin`, else the only remote there is.
        directory: What a relative path starts from.
        notes_ref: The published ref.

    Raises:
        UserError: there is no such remote, or none can be chosen.
    """
    remotes = _remotes(repository)
    chosen = wanted or _default(repository, remotes)
    if chosen in remotes:
        return Place(chosen, chosen, _digest(_url(repository, chosen), notes_ref), chosen, notes_ref)
    if (directory / chosen).is_dir():
        chosen = str((directory / chosen).resolve())
    elif ("/" not in chosen and ":" not in chosen) or chosen.startswith("-"):
        raise UserError(
            f"There is no remote called {chosen} here.",
            f"It can be {', '.join(sorted(remotes))}."
            if remotes
            else "Add one with git remote add NAME URL.",
        )
    digest = _digest(_url(repository, chosen), notes_ref)
    place = Place(without_password(chosen), chosen, digest, None, notes_ref)
    same = same_remotes(repository, place)
    return replace(place, remote=same[0]) if len(same) == 1 else place


def same_remotes(repository: Repository, place: Place) -> tuple[str, ...]:
    """Return the names of the remotes that are this place."""
    names = _remotes(repository)
    return tuple(each for each in names if _digest(_url(repository, each), place.notes_ref) == place.digest)


def push_places(repository: Repository, place: Place) -> tuple[Place, ...]:
    """Return where what was fetched from a place is pushed to: the same, unless the remote has other push URLs."""
    if place.remote is None or place.argument != place.remote:
        return (place,)
    urls = (value_of(repository, "remote", "get-url", "--push", "--all", place.remote) or "").splitlines()
    digests = [_digest(url, place.notes_ref) for url in urls]
    if digests == [place.digest]:
        return (place,)
    return tuple(
        Place(f"{place.remote} ({without_password(url)})", url, digest, None, place.notes_ref)
        for url, digest in zip(urls, digests, strict=True)
    ) or (place,)


def _remotes(repository: Repository) -> list[str]:
    return (value_of(repository, "remote") or "").splitlines()


def _default(repository: Repository, remotes: list[str]) -> str:
    branch = value_of(repository, "symbolic-ref", "--quiet", "--short", "HEAD")
    upstream = value_of(repository, "config", "--get", f"branch.{branch}.remote") if branch else None
    # A dot means a branch of this very repository.
    if upstream and upstream != ".":
        return upstream
    if "origin" in remotes:
        return "origin"
    if len(remotes) == 1:
        return remotes[0]
    raise UserError(
        f"There are {len(remotes)} remotes here, and none is the current branch's upstream."
        if remotes
        else "This repository has no remote.",
        f"Name one: {', '.join(sorted(remotes))}."
        if remotes
        else "Name a URL, or add one: git remote add NAME URL.",
    )


def _url(repository: Repository, name: str) -> str:
    """Return the URL that git would fetch from, with url.*.insteadOf applied; asks nobody."""
    return value_of(repository, "ls-remote", "--get-url", "--", name) or name


def _digest(url: str, notes_ref: str) -> str:
    other = "" if notes_ref == NOTES_REF else f"\n{notes_ref}"
    return sha256(f"{url.rstrip('/')}{other}".encode()).hexdigest()[:16]
