"""Guests that know nothing of kbis: their own words, exit value and medium say how it went."""

from dataclasses import replace
from pathlib import Path

import pytest

from kbis.kernel import watch
from kbis.kernel.boot import boot
from kbis.kernel.console_rules import read_by_rules, title_of
from kbis.kernel.guest import debug_exit, guest, halt, say
from kbis.kernel.outcome import Outcome
from kbis.kernel.recipe import BootRecipe
from tests.kernel import guests

PLAIN = BootRecipe(memory_mib=32, timeout_s=30)
RULES = replace(PLAIN, success="all tests passed", failure=(r"FAIL: (\w+)", "assertion .*"))
EXIT = replace(PLAIN, success_exit=0x10)


@pytest.fixture(autouse=True)
def _short_graces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "DONE_GRACE_S", 0.3)


def seen(directory: Path, recipe: BootRecipe, *steps: bytes, limit_s: float = 30) -> Outcome:
    image = directory / "image"
    image.write_bytes(guest(*steps))
    return read_by_rules(boot(recipe, image, None, "tcg", limit_s=limit_s), recipe)


@pytest.mark.parametrize(
    ("recipe", "steps", "outcome", "title"),
    [
        (RULES, [say("all tests passed\n"), halt()], "ok", None),
        (RULES, [say("$ all tests passed"), halt()], "ok", None),
        (RULES, [say("FAIL: fork at 0x1234\n"), halt()], "crash", "fork"),
        (RULES, [say("FAIL: fork\nall tests passed\n"), halt()], "crash", "fork"),
        (RULES, [say("assertion  x > 0\n"), halt()], "crash", "assertion x > 0"),
        (RULES, [say("boot\n"), guests.triple_fault()], "crash", "unexpected kernel reboot"),
        (
            RULES,
            [say("boot\n"), debug_exit(1)],
            "crash",
            "the guest ended without its sign of success",
        ),
        (replace(RULES, success=None), [say("boot\n"), debug_exit(1)], "ok", None),
        (EXIT, [debug_exit(0x10)], "ok", None),
        (EXIT, [debug_exit(0x11)], "crash", "exit value 17"),
        (PLAIN, [say("all tests passed\n"), debug_exit(0)], "boot-failed", "boot error: early exit"),
    ],
)
def test_the_rules_say_what_a_boot_showed(
    tmp_path: Path, recipe: BootRecipe, steps: list[bytes], outcome: str, title: str | None
) -> None:
    found = seen(tmp_path, recipe, *steps)
    assert (found.outcome, found.title) == (outcome, title)


def test_a_guest_that_hangs_before_its_sign_of_success_hangs(tmp_path: Path) -> None:
    found = seen(tmp_path, RULES, say("boot\n"), guests.spin(), limit_s=1.5)
    assert (found.outcome, found.title) == ("hang", "hang")


def test_a_failure_in_a_line_is_named_with_the_rest_of_the_line() -> None:
    assert title_of(b"panic: lost inode 7", ("panic: .*",)) == "panic: lost inode 7"
    assert title_of(b"x\x1b[31mFAIL\x1b[0m", ("FAIL.*",)) == "FAIL [0m"


def boot_sector(text: str, value: int) -> bytes:
    """Print on the serial port, then end through isa-debug-exit; 16-bit code as the BIOS starts it."""
    code = (
        bytes.fromhex("31c08ed8be197cbaf803ac84c07403eeebf8b0") + bytes([value]) + bytes.fromhex("e6f4f4ebfd")
    )
    return (code + text.encode() + b"\0").ljust(510, b"\0") + b"\x55\xaa"


@pytest.mark.parametrize(("medium", "bytes_"), [("disk", 1024 * 1024), ("floppy", 1440 * 1024)])
def test_an_image_that_the_firmware_boots_is_booted(tmp_path: Path, medium: str, bytes_: int) -> None:
    recipe = replace(PLAIN, medium=medium, success="all tests passed", failure=("FAIL",))
    image = tmp_path / "image"
    for text, outcome in (("all tests passed\n", "ok"), ("FAIL\n", "crash")):
        image.write_bytes(boot_sector(text, 1).ljust(bytes_, b"\0"))
        assert read_by_rules(boot(recipe, image, None, "tcg"), recipe).outcome == outcome
