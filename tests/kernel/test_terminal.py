"""What stays of a console once the terminal's own words are taken out."""

import pytest

from kbis.kernel.console import Console
from kbis.kernel.terminal import lines, plain


def shown(text: bytes) -> list[bytes]:
    return [kept for line in lines(text) if (kept := plain(line).strip())]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"one\r\ntwo\n", [b"one", b"two"]),
        (b"10 %\r20 %\rdone", [b"10 %", b"20 %", b"done"]),
        (b"\x1b[1;31mFAIL\x1b[0m: fork", [b"FAIL: fork"]),
        (
            b"\x1b[2J\x1b[1;1HMemtest\x1b[12;30HPass 1\x1b[K\x1b[13;1HErrors: 0",
            [b"Memtest", b"Pass 1", b"Errors: 0"],
        ),
        (b"\x1b]0;qemu\x07$ \x1b(Bls\x1b[?25l", [b"$ ls"]),
        (b"cut in the middle \x1b[3", [b"cut in the middle"]),
    ],
)
def test_a_console_is_read_as_it_looks(text: bytes, wanted: list[bytes]) -> None:
    assert shown(text) == wanted


def test_patterns_are_held_against_what_a_full_screen_program_draws() -> None:
    console = Console("@@R", "@@D", "^Pass complete$", ("^Errors: [1-9]",))
    for byte in b"\x1b[2;1HErrors: 0\x1b[3;1H\x1b[32mPass\x1b[0m complete\x1b[2;1HErrors: 7\x1b[4;1H":
        console.feed(bytes([byte]))
    console.settle()
    assert (console.success_at is not None, console.failed_line) == (True, b"Errors: 7")


def test_half_a_line_is_not_taken_for_the_whole() -> None:
    console = Console("@@R", "@@D", "^ok$", ("result (?!0)",))
    for piece in (b"result ", b"0\n", b"ok", b", nearly\n"):
        console.feed(piece)
    assert (console.success_at, console.failed_line) == (None, None)


def test_a_line_without_an_end_counts_once_it_is_settled() -> None:
    console = Console("@@R", "@@D", r"^\$ $", ("panic: .*",))
    console.feed(b"$ ")
    assert console.success_at is None
    console.settle()
    assert console.success_at == len(b"$ ")
