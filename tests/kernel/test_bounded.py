from hypothesis import given
from hypothesis import strategies as st

from kbis.kernel.bounded import Collector, Limits


def collect(pieces: list[bytes], limits: Limits) -> Collector:
    collector = Collector(limits)
    for piece in pieces:
        collector.feed(piece)
    return collector


def test_an_output_within_the_limits_is_kept_whole() -> None:
    output = collect([b"one ", b"two"], Limits(4, 4)).output()
    assert output.text() == b"one two"
    assert output.dropped == 0


def test_a_gap_is_said_in_a_line_of_its_own() -> None:
    output = collect([b"abcdefghij"], Limits(3, 2)).output()
    assert output.text() == b"abc\n[kbis: 5 bytes were not kept]\nij"


@given(st.lists(st.binary(max_size=40)), st.integers(0, 50), st.integers(0, 50))
def test_head_and_tail_are_those_of_the_whole_however_it_came(
    pieces: list[bytes], head: int, tail: int
) -> None:
    whole = b"".join(pieces)
    output = collect(pieces, Limits(head, tail)).output()
    assert output.head == whole[:head]
    assert output.tail == whole[max(head, len(whole) - tail) :]
    assert len(output.head) + output.dropped + len(output.tail) == len(whole)


@given(st.binary(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_a_part_of_an_output_kept_whole_is_a_slice(whole: bytes, start: int, stop: int) -> None:
    assert collect([whole], Limits(30, 30)).output().part(start, stop) == whole[start:stop]


@given(st.binary(min_size=40, max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_a_part_of_a_cut_output_holds_what_was_kept_of_it(whole: bytes, start: int, stop: int) -> None:
    note = b"\n[kbis: %d bytes were not kept]\n" % (len(whole) - 30)
    kept = {n for n in range(len(whole)) if n < 20 or n >= len(whole) - 10}
    wanted = bytes(whole[n] for n in range(len(whole)) if n in kept and start <= n < stop)
    assert collect([whole], Limits(20, 10)).output().part(start, stop).replace(note, b"", 1) == wanted


def test_a_flood_stays_in_bounded_memory() -> None:
    collector = Collector(Limits(1000, 1000))
    for _ in range(10_000):
        collector.feed(b"x" * 1000)
    assert collector.size == 10_000_000
    assert len(collector._head) + len(collector._tail) <= 1000 + 2 * 1000 + 1000
