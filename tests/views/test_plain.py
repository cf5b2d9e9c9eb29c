import pytest

from kbis.views.plain import percent, plural, printable, seconds, when


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\nb", "\u202eevil", "\x00", "\x9b31m", "\u2028"])
def test_nothing_in_a_title_drives_the_terminal(hostile: str) -> None:
    assert printable(hostile).isprintable()


def test_ordinary_text_is_shown_as_it_is() -> None:
    assert printable("KASAN: use-after-free in Jürgen's café") == "KASAN: use-after-free in Jürgen's café"


def test_near_certainty_is_not_rounded_to_certainty() -> None:
    assert percent(999_999) == "99.99 %"
    assert percent(1_000_000) == "99.99 %"


@pytest.mark.parametrize(
    ("nanoseconds", "words"),
    [
        (310_000_000, "0.31 s"),
        (42 * 10**9, "42 s"),
        (185 * 10**9, "3 min 5 s"),
        (7620 * 10**9, "2 h 7 min"),
        (None, "?"),
    ],
)
def test_durations_are_short(nanoseconds: int, words: str) -> None:
    assert seconds(nanoseconds) == words


def test_a_time_that_no_calendar_holds_is_a_number() -> None:
    assert when(2**62) == f"{2**62} ms"


def test_plurals() -> None:
    assert (plural(1, "boot"), plural(2, "boot")) == ("1 boot", "2 boots")
