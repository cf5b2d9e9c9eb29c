"""Directories of processes that may be killed."""

import signal
import subprocess
import sys
from pathlib import Path

from kbis.kernel.passing import passing_directory

HOLD = """
import sys, time
from pathlib import Path
from kbis.kernel.passing import passing_directory
with passing_directory("probe-", Path(sys.argv[1])) as made:
    (made / "guest").write_text("")
    print(made, flush=True)
    time.sleep(1000)
"""


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        theirs = Path(holder.stdout.readline().strip())
        with passing_directory("probe-", tmp_path) as mine:
            assert mine != theirs
            assert (theirs / "guest").exists()
        assert not mine.exists()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert theirs.exists()
    with passing_directory("probe-", tmp_path):
        assert not theirs.exists()


def test_a_place_that_cannot_be_used_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with passing_directory("probe-", tmp_path / "file" / "below") as made:
        assert made.is_dir()
        assert tmp_path not in made.parents
    assert not made.exists()
