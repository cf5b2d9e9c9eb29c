"""The line form: what it shows, what it refuses, and which error says so."""

import base64

import pytest

from kbis.log.canon import MAX_BYTES, NotCanonicalError, encode
from kbis.log.event import BadEventError, NewerEventError
from kbis.log.kinds import Unknown
from kbis.log.line import MAX_LINE, ForeignLineError, format_line, parse_line
from tests.log.examples import examples
from tests.log.world import ANN, Bisection

EVENTS = list(examples())
LINE = ANN.line(EVENTS[3])
FIELDS = LINE.split(b" ")


def with_field(number: int, text: bytes) -> bytes:
    return b" ".join([*FIELDS[:number], text, *FIELDS[number + 1 :]])


def test_every_example_is_read_back_as_it_was() -> None:
    for event in EVENTS:
        signed = parse_line(ANN.line(event))
        assert (signed.event, signed.event.id, signed.event.body) == (event, event.id, event.body)
        assert format_line(signed) == ANN.line(event)


def test_a_line_is_printable_ascii_and_sorts_by_lamport_number() -> None:
    lines = [ANN.line(event) for event in EVENTS]
    assert all(line.isascii() and line.decode().isprintable() for line in lines)
    assert sorted(lines) == lines


def test_the_longest_event_fits_the_longest_line() -> None:
    longest = Bisection().event(
        (), Unknown({"x": bytes(MAX_BYTES - 400)}), unknown_kind="a" * 20, bisection=bytes(32)
    )
    assert MAX_BYTES - 400 < len(longest.body) <= MAX_BYTES
    assert len(ANN.line(longest)) <= MAX_LINE
    assert parse_line(ANN.line(longest)).event == longest


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Reviewed-by: Ada",
        b"k1",
        b"K1 x",
        b" " + LINE,
        b"\0" + LINE,
        b"k12345678 x",
        b"kbis",
        "é".encode(),
    ],
)
def test_other_peoples_lines_are_foreign(line: bytes) -> None:
    with pytest.raises(ForeignLineError):
        parse_line(line)


@pytest.mark.parametrize("line", [b"k2 whatever it holds", b"k999999 ", b"k2 " + LINE])
def test_lines_of_a_newer_kbis_say_so(line: bytes) -> None:
    with pytest.raises(NewerEventError, match="newer kbis"):
        parse_line(line)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (LINE + b"\r", "form"),
        (LINE + b" ", "form"),
        (LINE + b"=", "form"),
        (LINE + b"\0", "form"),
        (LINE[:-1], "form"),
        (LINE.replace(b" ", b"  ", 1), "form"),
        (LINE.replace(b" ", b"\t", 2).replace(b"\t", b" ", 1), "form"),
        (with_field(0, b"k01"), "form"),
        (with_field(0, b"k0"), "form"),
        (with_field(1, FIELDS[1].upper() + b"A"), "form"),
        (with_field(1, b"0000000009"), "prefix"),
        (with_field(2, b"build"), "prefix"),
        (with_field(2, b"Boot"), "form"),
        (with_field(3, b"0" * 16), "prefix"),
        (with_field(3, FIELDS[3].upper()), "form"),
        (with_field(4, FIELDS[4] + b"A" * (1 + -len(FIELDS[4]) % 4)), "base64"),
        (with_field(4, b""), "form"),
        (with_field(4, base64.b64encode(EVENTS[3].body).rstrip(b"=") + b"+"), "form"),
        (with_field(5, FIELDS[5][:-1] + b"B"), "canonical spelling"),
        (b"k1 " + b"x" * MAX_LINE, "limit"),
    ],
)
def test_lines_of_a_wrong_form_are_refused(line: bytes, why: str) -> None:
    with pytest.raises(BadEventError, match=why):
        parse_line(line)


def test_a_line_whose_body_is_not_canonical_is_refused() -> None:
    body = b"\xdf" + bytes([0, 0, 0, EVENTS[3].body[0] & 15]) + EVENTS[3].body[1:]
    with pytest.raises(NotCanonicalError):
        parse_line(with_field(4, base64.urlsafe_b64encode(body).rstrip(b"=")))


def test_a_line_whose_body_is_no_event_is_refused() -> None:
    body = base64.urlsafe_b64encode(encode({"v": 1})).rstrip(b"=")
    with pytest.raises(BadEventError, match="keys of the body"):
        parse_line(with_field(4, body))
