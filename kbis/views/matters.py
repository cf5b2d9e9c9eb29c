"""What each kind of trouble in a log means, and what to do about it."""

from collections.abc import Mapping

from kbis.log.trouble import Matter

MEANING: Mapping[Matter, tuple[str, str]] = {
    "bad signature": (
        "a line says who wrote it, and that key did not sign it: it was forged or changed",
        "It does not count. Find out who may write to the refs it came from.",
    ),
    "malformed": (
        "a line begins like an event and is none: it was damaged, or made to be",
        "It does not count. Fetch the notes from a clone that has the sound line, if there ever was one.",
    ),
    "misplaced": (
        "an event lies on another commit than the one it speaks of, and not on its own",
        "It does not count. The note of its own commit was taken away, or somebody replays old events.",
    ),
    "copy": (
        "git copied events to another commit (notes.rewriteRef) or somebody did by hand; the originals count",
        "Nothing to do. git config --unset-all notes.rewriteRef ends it, if kbis' ref is meant by it.",
    ),
    "other repository": (
        "events of another repository, or of this one if its history is not in this clone",
        "They do not count here. If they should, fetch the history they belong to.",
    ),
    "missing parent": (
        "events follow something that is not here: lines were left out on the way",
        "They do not count until it arrives. Pull from another clone that has it.",
    ),
    "wrong order": (
        "events say they come where they cannot: no honest program writes such numbers or parents",
        "They do not count. Ask the signer what wrote them; a stolen key is revoked with kbis trust revoke.",
    ),
    "unknown bisection": (
        "events belong to a bisection whose start does not count",
        "They count when the start event does; see what is said of it.",
    ),
    "untrusted key": (
        "events of keys that may not sign here",
        "kbis trust list shows the keys; kbis trust add lets one count.",
    ),
    "foreign line": ("lines that are no events: other people's notes", "Nothing to do: they are kept."),
    "foreign path": (
        "paths that are no notes: somebody put files beside the notes",
        "Nothing to do: they are kept and never read. Find out who put them there: git log refs/kbis/log -- PATH.",
    ),
    "newer version": ("lines that a newer kbis wrote", "Update kbis to read them."),
    "unknown kind": ("events of kinds that this kbis does not know", "Update kbis to understand them."),
    "unreadable note": (
        "a note is too long to be read, or no text at all",
        "What it holds does not count. Find out who wrote it: git log refs/kbis/log -- PATH.",
    ),
    "broken attachment": (
        "what belongs to an event is missing or is not what was signed",
        "Do not use it. Pull from another clone that has it.",
    ),
    "forked history": (
        "a worker's events do not follow one another: a copied or restored clone, or a key in other hands",
        "Ask the signer. If the key is in other hands, kbis trust revoke.",
    ),
    "refused notes": (
        "a ref leads to something that no honest program makes; it was left alone",
        "Find out who may write to it. The log itself is whole.",
    ),
    "lines removed": (
        "lines that are here were taken out elsewhere; nothing is lost",
        "The next kbis push puts them back. Find out who removed them.",
    ),
    "rolled back": (
        "a remote no longer had what it had shown; nothing is lost here",
        "kbis push puts it back, and ends this. If it was done on purpose: kbis verify --acknowledge.",
    ),
    "log set back": (
        "this clone held events that are not in its log: both its refs were set back or replaced",
        "Pull from whoever has them. If it was done on purpose: kbis verify --acknowledge.",
    ),
    "cache differs": (
        "the log as commands read it is not what its bytes say",
        "Delete kbis/cache* below the git directory; it is made again. Please report this.",
    ),
    "second opinion differs": (
        "ssh-keygen does not accept what kbis accepts",
        "Do not rely on these events. Please report this, with the version of ssh-keygen.",
    ),
}
"""What each matter means, and what to do about it."""
