import json
import subprocess
import sys
from pathlib import Path

from tests.cli.kbis import kbis, ok

CONSOLE = """\
[    1.000000] ------------[ cut here ]------------
[    1.000000] kernel BUG at drivers/misc/foo.c:12!
[    1.000000] invalid opcode: 0000 [#1] PREEMPT SMP
[    1.000000] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1
[    1.000000] RIP: 0010:foo_ioctl+0x12/0x40
[    1.000000] Call Trace:
[    1.000000]  vfs_ioctl+0x20/0x30
[    1.000000]  do_syscall_64+0x30/0x80
[    1.000000] Kernel panic - not syncing: Fatal exception
"""


def test_a_console_is_read_as_text_and_as_json(tmp_path: Path) -> None:
    (tmp_path / "console").write_text(CONSOLE)
    form = json.loads(ok(tmp_path, "oops", "console", "--json"))
    assert form["title"] == "kernel BUG in foo_ioctl"
    assert ok(tmp_path, "oops", "console").splitlines()[0] == form["title"]


def test_a_console_without_a_crash_is_the_answer_no(tmp_path: Path) -> None:
    (tmp_path / "console").write_text("[    1.000000] all is well\n")
    ran = kbis(tmp_path, "oops", "console")
    assert (ran.code, ran.out) == (1, "No crash.\n")
    (tmp_path / "empty").write_text("")
    assert kbis(tmp_path, "oops", "empty").code == 1


def test_many_consoles_are_read_as_lines(tmp_path: Path) -> None:
    asked = "".join(
        json.dumps({"id": name, "log": log}) + "\n" for name, log in (("a", CONSOLE), ("b", "fine\n"))
    )
    done = subprocess.run(
        [sys.executable, "-m", "kbis", "oops", "--jsonl"],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["id"], each["title"]) for each in answers] == [("a", "kernel BUG in foo_ioctl"), ("b", "")]
    assert set(answers[0]) == {"id", "title", "alt", "type", "corrupted", "suppressed", "frame"}


def test_a_bad_line_costs_no_other_line_its_answer() -> None:
    asked = '{"id": 1, "log": "x"}\nnot json\n\n{"id": 2, "log": "x"}\n'
    done = subprocess.run(
        [sys.executable, "-m", "kbis", "oops", "--jsonl"],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2]
    assert done.returncode == 2
    assert "the first is line 2" in done.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ran = kbis(tmp_path, "oops", "absent")
    assert ran.code == 2
    assert "cannot be read" in ran.err


def test_a_line_of_a_program_that_begins_like_a_report_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "console").write_text(
        "[    1.000000] Run /init as init process\nBUG: my program found a bug\n[    2.000000] reboot: Power down\n"
    )
    ran = kbis(tmp_path, "oops", "console")
    assert (ran.code, ran.out) == (1, "No crash.\n")


def test_a_console_in_utf_16_is_said(tmp_path: Path) -> None:
    (tmp_path / "console").write_text(CONSOLE, "utf-16")
    ran = kbis(tmp_path, "oops", "console")
    assert ran.code == 2
    assert "UTF-16" in ran.err
    assert "iconv" in ran.err
