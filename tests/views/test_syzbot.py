import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbis.views.syzbot_read import NotASyzbotLogError, read_syzbot_log
from kbis.views.syzbot_write import go_duration

START, OTHER = "a" * 40, "b" * 40
TODAY = f"""\
bisecting cause commit starting from {START}
building syzkaller on {OTHER}
ensuring issue is reproducible on original commit {START}

testing commit {START} gcc
compiler: gcc (Debian 10.2.1-6) 10.2.1 20210110
kernel signature: {"c" * 64}
run #0: crashed: INFO: task hung in foo, types: [HANG]
run #1: infra problem: failed to create a VM
run #2: ignore: lost connection to test machine
run #3: OK
representative crash: INFO: task hung in foo, types: [HANG]
testing release v5.10
testing commit {OTHER} gcc
compiler: gcc (Debian 10.2.1-6) 10.2.1 20210110
kernel signature: {"d" * 64}
all runs: OK
"""


def test_todays_form_is_read_too() -> None:
    log = read_syzbot_log(TODAY)
    first, second = log.tested
    assert first.toolchain == "gcc (Debian 10.2.1-6) 10.2.1 20210110"
    assert [each.outcome for each in first.boots] == ["crash", "infra", "lost", "ok"]
    assert first.boots[0].title == "INFO: task hung in foo"
    assert (second.phase, len(second.boots)) == ("release v5.10", 10)
    assert second.signature == bytes.fromhex("d" * 64)


@pytest.mark.parametrize("text", ["", "hello", f"bisecting cause commit starting from {START}\n"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(NotASyzbotLogError):
        read_syzbot_log(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    head = f"bisecting cause commit starting from {START}\ntesting commit {START} gcc\n"
    assert read_syzbot_log(head + text).tested


@pytest.mark.parametrize(
    ("nanoseconds", "words"),
    [
        (19430295262123, "5h23m50.295262123s"),
        (3600 * 10**9, "1h0m0s"),
        (61_500_000_000, "1m1.5s"),
        (1_000_000_001, "1.000000001s"),
    ],
)
def test_durations_are_written_as_go_writes_them(nanoseconds: int, words: str) -> None:
    assert go_duration(nanoseconds) == words
