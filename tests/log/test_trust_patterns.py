"""Pattern lists match as ssh_config(5) says, in bounded time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbis.log.pattern_list import glob, matches

LETTERS = st.text("ab*?", max_size=7)


def by_definition(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(by_definition(pattern[1:], text[skip:]) for skip in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and by_definition(pattern[1:], text[1:])


@given(LETTERS, st.text("ab", max_size=7))
def test_glob_is_what_its_definition_says(pattern: str, text: str) -> None:
    assert glob(pattern, text) == by_definition(pattern, text)


def test_glob_does_not_explode_on_many_stars() -> None:
    assert not glob("*a" * 200 + "b", "a" * 2000)


@pytest.mark.parametrize(
    ("patterns", "text", "expected"),
    [
        ("git,kbis-event@v1", "kbis-event@v1", True),
        ("kbis-*", "kbis-event@v1", True),
        ("KBIS-*", "kbis-event@v1", False),
        ("*,!kbis-*", "kbis-event@v1", False),
        ("!kbis-*,*", "kbis-event@v1", False),
        ("!git", "kbis-event@v1", False),
        ("", "kbis-event@v1", False),
        ("", "", True),
        ("git kbis-event@v1", "kbis-event@v1", False),
    ],
)
def test_a_list_accepts_by_one_match_and_no_negated_one(patterns: str, text: str, expected: bool) -> None:
    assert matches(patterns, text) == expected
