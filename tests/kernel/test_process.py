import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.kernel import process
from kbis.kernel.bounded import Limits


def wait_for(condition: object, limit_s: float = 20.0) -> bool:
    """Poll until a condition holds; the limit only bounds a failing test."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def sh(script: str, cwd: Path, limit_s: float = 30) -> process.Finished:
    return process.run(["sh", "-c", script], cwd=cwd, limit_s=limit_s)


def test_status_and_output_are_those_of_the_command(tmp_path: Path) -> None:
    done = sh("echo out; echo err >&2; exit 7", tmp_path)
    assert (done.status, done.output.text(), done.timed_out) == (7, b"out\nerr\n", False)
    assert done.duration_ns > 0


def test_a_command_ended_by_a_signal_has_a_negative_status(tmp_path: Path) -> None:
    assert sh("kill -SEGV $$", tmp_path).status == -signal.SIGSEGV


def test_output_beyond_the_limits_is_dropped_from_the_middle(tmp_path: Path) -> None:
    done = process.run(["seq", "1", "300000"], cwd=tmp_path, limit_s=30, limits=Limits(8, 14))
    assert done.output.head == b"1\n2\n3\n4\n"
    assert done.output.tail == b"299999\n300000\n"


def test_the_time_limit_kills_the_descendants_that_made_their_own_session(tmp_path: Path) -> None:
    done = sh("setsid sh -c 'echo $$ > inner; sleep 100' & timeout 100 sleep 100", tmp_path, limit_s=2.0)
    assert done.timed_out
    assert done.status == -signal.SIGKILL
    assert not alive(int((tmp_path / "inner").read_text()))


def test_what_a_finished_command_left_in_the_background_is_killed(tmp_path: Path) -> None:
    done = sh("sleep 100 & echo $! > left; echo done", tmp_path)
    assert (done.status, done.output.text()) == (0, b"done\n")
    assert not alive(int((tmp_path / "left").read_text()))


def test_kill_9_of_kbis_leaves_no_descendant(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from kbis.kernel import process; "
        "process.run(['sh', '-c', 'setsid sleep 200 & echo $! > deep; sleep 200 & echo $! > pid; wait'],"
        f" cwd=Path({str(tmp_path)!r}), limit_s=300)"
    )
    kbis = subprocess.Popen([sys.executable, "-c", script])
    files = [tmp_path / "deep", tmp_path / "pid"]
    try:
        assert wait_for(lambda: all(f.exists() and f.read_text().endswith("\n") for f in files))
        pids = [int(f.read_text()) for f in files]
        assert all(map(alive, pids))
    finally:
        kbis.kill()
        kbis.wait()
    assert wait_for(lambda: not any(map(alive, pids)))


def test_kill_9_of_the_guard_is_the_end_of_the_command(tmp_path: Path) -> None:
    def kill_guard() -> None:
        assert wait_for(lambda: (tmp_path / "guard").exists() and (tmp_path / "guard").read_text())
        os.kill(int((tmp_path / "guard").read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill_guard)
    killer.start()
    done = sh("sleep 100 & echo $! > pid; echo $PPID > guard; wait", tmp_path)
    killer.join()
    assert done.status == -signal.SIGKILL
    assert wait_for(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_ctrl_c_kills_the_command(tmp_path: Path) -> None:
    script = (
        # Whoever runs the tests in the background of a shell has Ctrl-C ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from pathlib import Path; from kbis.kernel import process; "
        f"process.run(['sh', '-c', 'echo $$ > pid; sleep 200'], cwd=Path({str(tmp_path)!r}), limit_s=300)"
    )
    kbis = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
    assert wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    pid = int((tmp_path / "pid").read_text())
    kbis.send_signal(signal.SIGINT)
    _, stderr = kbis.communicate()
    assert b"KeyboardInterrupt" in stderr
    assert not alive(pid)


def test_a_held_descriptor_is_not_given_to_the_command_but_outlives_it_in_the_guard(tmp_path: Path) -> None:
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    done = process.run(
        ["sh", "-c", 'ls -l /proc/self/fd; echo; ls -l "/proc/$PPID/fd"'],
        cwd=tmp_path,
        limit_s=30,
        held=[lock],
    )
    os.close(lock)
    command, guard = done.output.text().split(b"\n\n")
    assert b"/lock" not in command
    assert b"/lock" in guard


def test_the_command_does_not_inherit_other_descriptors(tmp_path: Path) -> None:
    stray = os.open(tmp_path / "stray", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(stray, True)
    done = sh("ls -l /proc/$$/fd", tmp_path)
    os.close(stray)
    assert b"/dev/null" in done.output.text()
    assert b"stray" not in done.output.text()
    assert b"socket:" not in done.output.text()


def test_a_missing_program_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InfraError, match="make is not installed") as raised:
        process.run(["make"], cwd=tmp_path, limit_s=5)
    assert "apt-get install make" in raised.value.hint


def test_a_missing_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="the directory is gone"):
        process.run(["true"], cwd=tmp_path / "none", limit_s=5)


def test_git_variables_do_not_reach_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("LC_MESSAGES", "de_DE.UTF-8")
    text = sh("env", tmp_path).output.text()
    assert b"GIT_DIR" not in text
    assert b"LC_MESSAGES" not in text
    assert b"LC_ALL=C\n" in text


def test_many_commands_at_once_do_not_mix(tmp_path: Path) -> None:
    results: dict[int, process.Finished] = {}

    def one(number: int) -> None:
        results[number] = sh(f"echo {number}; exit {number}", tmp_path)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: (r.status, r.output.text()) for n, r in results.items()} == {
        n: (n, b"%d\n" % n) for n in range(12)
    }


def test_a_command_that_ended_while_kbis_was_stopped_is_not_timed_out(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from kbis.kernel import process; "
        f"print(process.run(['sh', '-c', 'echo > up; sleep 0.5'], cwd=Path({str(tmp_path)!r}), limit_s=2).timed_out)"
    )
    kbis = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert wait_for((tmp_path / "up").exists)
    kbis.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    kbis.send_signal(signal.SIGCONT)
    assert kbis.communicate()[0] == b"False\n"
