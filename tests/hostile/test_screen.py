"""Names and texts that others wrote: nothing of them drives the terminal, and nothing of them becomes a path."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kbis.cli.main import app
from kbis.errors import UserError
from kbis.log.eventlog import Draft
from kbis.log.kinds import Alias, Boot, Build, Claim, Conclude, Override, Retract, Verdict
from kbis.log.notes import read_tree
from kbis.run.trust_changes import add
from tests.hostile.clone import NOTES, Clone, People, recorded
from tests.log.trees import plant, publish, tree_of

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

ESCAPES = [
    "\x1b[2J\x1b[H all is well",
    "\x1b]0;a title\x07",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m red",
    "over\rwritten",
    "one line\nSHA256:and another",
    "\u202eback to front",
    "bell\x07 nul\x00 del\x7f",
]
PATHS = [
    "../../../tmp/x",
    "/etc/passwd",
    "a/../../b",
    ".git/config",
    "x;touch y",
    "$(touch y)",
    "a\0b",
]

COMMANDS = [
    ("status",),
    ("log",),
    ("log", "--all"),
    ("list",),
    ("replay",),
    ("verify",),
    ("audit",),
    ("trust", "list"),
    ("show", "HEAD"),
    ("why", "HEAD"),
    ("what-if", "bayes/1"),
    ("log", "--format=syzbot"),
]


def said_everywhere(clone: Clone, texts: list[str]) -> None:
    """Record each text in every field that takes one."""
    end = bytes.fromhex(clone.commits[-1])
    for text in texts:
        recorded(clone, Draft(end, Claim(1, 0, text, text, subject=text)))
        recorded(clone, Draft(end, Build("failed", text, error=text)))
        recorded(clone, Draft(end, Boot("crash", text, text, (text,), "reproducer", accel=text, error=text)))
        recorded(clone, Draft(end, Boot("crash", f"BUG in {text}", alternatives=(text,), file=f"{text}/a.c")))
        recorded(clone, Draft(end, Alias(text, False, text)))
        recorded(clone, Draft(end, Verdict("bad", "git/1", text)))
        noted = recorded(clone, Draft(end, Override("bad", text)))
        recorded(clone, Draft(end, Retract((noted.id,), text)))
        recorded(
            clone,
            Draft(
                end, Conclude("range", "git/1", (end,), text, title=text, recipients=(text,), subject=text)
            ),
        )


def printed(clone: Clone) -> str:
    """All that the reading commands print; what they find wrong is not the matter here."""
    said = []
    for command in COMMANDS:
        ran = CliRunner().invoke(app, ["-C", str(clone.path), *command])
        assert ran.exit_code in (0, 1, 4), (command, ran, ran.exception)
        assert ran.exception is None or isinstance(ran.exception, SystemExit)
        said.append(ran.output)
    return "".join(said)


def test_no_text_of_an_event_drives_the_terminal(clone: Clone) -> None:
    said_everywhere(clone, ESCAPES)
    shown = printed(clone)
    assert "all is well" in shown
    assert not CONTROL.findall(shown)


def test_no_name_of_a_key_drives_the_terminal(clone: Clone, people: People) -> None:
    allowed = clone.path / ".git/kbis/allowed_signers"
    key = people.public("ann").line()
    allowed.write_bytes(
        f'"\x1b[2Jann\u202e" {key}\nbob\x07 {people.public("bob").line()} \x1b[31m\n\x1b]0;x\x07\n'.encode()
    )
    (clone.path / "hostile.pub").write_text(f"{people.public('mallory').line()}\x1b[2J\n")
    assert not CONTROL.findall(printed(clone))
    for command in (("trust", "add", "hostile.pub"), ("trust", "revoke", "\x1b[2J", "--why", "x")):
        ran = clone.started(*command)
        assert ran.code == 2
        assert not CONTROL.findall(ran.out + ran.err)


def test_foreign_lines_and_ref_names_do_not_drive_the_terminal(clone: Clone) -> None:
    clone.publish(
        {clone.commits[2]: [f"k1 {text}".encode() for text in ESCAPES], clone.commits[3]: [b"\x1b[2J"]}
    )
    assert not CONTROL.findall(printed(clone))


def test_no_name_in_the_log_becomes_a_path(clone: Clone) -> None:
    said_everywhere(clone, PATHS)
    blob = clone.git.create_blob(b"hostile\n")
    names = ("../../escaped", "etc/../../../escaped", ".git/hooks/post-checkout", "kbis/current")
    held = read_tree(clone.git, tree_of(clone.git, NOTES)).notes
    entries = {f"{note[:2]}/{note[2:]}": (oids[0], 33188) for note, oids in held.items()}
    publish(clone.git, NOTES, plant(clone.git, entries | dict.fromkeys(names, (blob, 33261))))
    before = files(clone.path.parent)
    printed(clone)
    assert files(clone.path.parent) == before


def files(place: Path) -> set[Path]:
    """All there is but git's own objects and refs, and what kbis keeps of them."""
    own = re.compile(r"/\.git/(objects|refs|logs|packed-refs|kbis/(recent|cache|lock))")
    return {each for each in place.rglob("*") if not own.search(str(each))}


@pytest.mark.parametrize("name", [*PATHS, "two words", "*@example.org", "a,b", "!a", '"a"', ""])
def test_a_name_that_could_be_read_as_something_else_is_not_written_down(
    clone: Clone, people: People, name: str
) -> None:
    allowed = clone.path / ".git/kbis/allowed_signers"
    before = allowed.read_bytes()
    with pytest.raises(UserError, match="cannot stand in an allowed-signers file"):
        add(clone.session(), people.public("mallory"), name)
    assert allowed.read_bytes() == before
