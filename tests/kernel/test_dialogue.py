"""Typing on a guest's console."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kbis.kernel import watch
from kbis.kernel.boot import boot
from kbis.kernel.console_rules import read_by_rules
from kbis.kernel.dialogue import Dialogue
from kbis.kernel.guest import debug_exit, guest, halt, say
from kbis.kernel.recipe import BootRecipe, Typed


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    os.set_blocking(ends[0], False)
    yield ends
    for end in ends:
        os.close(end)


def typed(pipe: tuple[int, int]) -> bytes:
    try:
        return os.read(pipe[0], 4096)
    except BlockingIOError:
        return b""


def test_each_text_is_typed_when_its_prompt_comes(pipe: tuple[int, int]) -> None:
    dialogue = Dialogue((Typed("any key", " "), Typed("^=> ", "one\n"), Typed("^=> ", "two\n")), pipe[1])
    said = []
    for piece in (b"Hit an", b"y key", b": 2\r\n\x1b[0m=> ", b"one\r\n", b"=> "):
        dialogue.feed(piece)
        said.append(typed(pipe))
    assert said == [b"", b" ", b"one\n", b"", b"two\n"]


WAIT_FOR_G = bytes.fromhex(
    "66bafd03eca80174fb"  # again: mov dx, 0x3fd; wait: in al, dx; test al, 1; jz wait
    "66baf803ec3c6775ee"  # mov dx, 0x3f8; in al, dx; cmp al, 'g'; jne again
)


def test_a_guest_reads_what_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "DONE_GRACE_S", 0.3)
    image = tmp_path / "image"
    image.write_bytes(guest(say("$ "), WAIT_FOR_G, say("all tests passed\n"), halt()))
    recipe = BootRecipe(memory_mib=32, success="passed", inputs=(Typed(r"^\$ ", "run testing\n"),))
    assert read_by_rules(boot(recipe, image, None, "tcg"), recipe).outcome == "ok"
    silent = replace(recipe, inputs=(), timeout_s=1)
    assert read_by_rules(boot(silent, image, None, "tcg"), silent).outcome == "hang"


def test_a_guest_that_ends_before_it_is_asked_harms_nothing(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(guest(say("$ "), debug_exit(0)))
    recipe = BootRecipe(memory_mib=32, success_exit=0, inputs=(Typed(r"\$", "x" * 1000),))
    assert read_by_rules(boot(recipe, image, None, "tcg"), recipe).outcome == "ok"
