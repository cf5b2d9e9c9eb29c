"""A guest that prints on the text screen only."""

from dataclasses import replace
from pathlib import Path

import pytest

from kbis.kernel import watch
from kbis.kernel.boot import boot
from kbis.kernel.console_rules import read_by_rules
from kbis.kernel.guest import guest, halt
from kbis.kernel.recipe import BootRecipe
from kbis.kernel.screen import BYTES, COLUMNS, ROWS, news, rows_of


def screen(*rows: str) -> tuple[bytes, ...]:
    return tuple(row.encode() for row in (*rows, *[""] * (ROWS - len(rows))))


def test_the_cells_of_a_screen_are_read_as_rows() -> None:
    memory = bytearray(b" \x07" * (BYTES // 2))
    memory[COLUMNS * 2 : COLUMNS * 2 + 6] = b"o\x0ak\x0a\xdb\x0a"
    assert rows_of(bytes(memory)) == screen("", "ok?")


def test_what_was_written_between_two_looks_is_told() -> None:
    first = screen("boot", "test 1")
    assert news((), first) == [b"boot", b"test 1"]
    assert news(first, screen("boot", "test 1: ok", "test 2")) == [b"test 1: ok", b"test 2"]
    assert news(first, first) == []


def test_a_screen_that_scrolled_tells_only_what_is_new() -> None:
    full = tuple(b"line %d" % each for each in range(ROWS))
    assert news(full, (*full[3:], b"a", b"b", b"c")) == [b"a", b"b", b"c"]


def test_a_screen_that_was_drawn_anew_tells_what_differs() -> None:
    assert news(screen("Pass 1", "Errors 0"), screen("Pass 2", "Errors 0")) == [b"Pass 2"]


def test_a_guest_that_prints_on_the_screen_only_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "DONE_GRACE_S", 0.3)
    recipe = BootRecipe(memory_mib=32, timeout_s=30, console="screen", success="^ok$", failure=("^no$",))
    image = tmp_path / "image"
    for text, outcome in ((b"ok", "ok"), (b"no", "crash")):
        row = (text + b" " * (COLUMNS - 2)).decode().encode("utf-16-le").replace(b"\0", b"\x07")
        stores = (
            b"\xc7\x05"
            + (0xB8000 + at).to_bytes(4, "little")
            + row[at : at + 4]  # mov dword [address], cells
            for at in range(0, len(row), 4)
        )
        image.write_bytes(guest(*stores, halt()))
        found = read_by_rules(boot(recipe, image, None, "tcg"), recipe)
        assert found.outcome == outcome
        assert (
            read_by_rules(
                boot(replace(recipe, timeout_s=1, console="serial"), image, None, "tcg"), recipe
            ).outcome
            == "boot-failed"
        )
