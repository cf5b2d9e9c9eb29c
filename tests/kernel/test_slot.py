import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.kernel.slot import take_slot


def test_a_second_taker_gets_the_next_slot(tmp_path: Path) -> None:
    with take_slot(tmp_path / "work", tmp_path) as first, take_slot(tmp_path / "work", tmp_path) as second:
        assert (first.number, second.number) == (0, 1)
        assert first.directory != second.directory
    with take_slot(tmp_path / "work", tmp_path) as again:
        assert again.number == 0


def test_kill_9_frees_the_slot(tmp_path: Path) -> None:
    script = (
        "import time; from pathlib import Path; from kbis.kernel.slot import take_slot\n"
        f"with take_slot(Path({str(tmp_path / 'work')!r}), Path('.')) as slot:\n"
        "    print(slot.number, flush=True); time.sleep(100)"
    )
    other = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"0\n"
    with take_slot(tmp_path / "work", tmp_path) as slot:
        assert slot.number == 1
    other.send_signal(signal.SIGKILL)
    other.communicate()
    with take_slot(tmp_path / "work", tmp_path) as slot:
        assert slot.number == 0


def test_a_deleted_lock_file_is_taken_again(tmp_path: Path) -> None:
    with take_slot(tmp_path / "work", tmp_path) as slot:
        shutil.rmtree(slot.work)
        slot.secure()
        with take_slot(tmp_path / "work", tmp_path) as other:
            assert other.number == 1


def test_what_a_killed_process_left_is_gone_when_a_slot_is_taken(tmp_path: Path) -> None:
    work = tmp_path / "work"
    for number in ("0", "1"):
        (work / number / "scratch" / "kbis-boot-x").mkdir(parents=True)
    with take_slot(work, tmp_path) as slot:
        assert slot.number == 0
        assert list(work.glob("*/scratch/*")) == []
        (slot.scratch / "reproducer").write_text("mine")
        with take_slot(work, tmp_path) as other:
            assert other.number == 1
            assert (slot.scratch / "reproducer").read_text() == "mine", "what is in use stays"
    assert list(work.glob("*/scratch")) == []


def test_a_slot_lost_to_another_process_is_an_error(tmp_path: Path) -> None:
    with take_slot(tmp_path / "work", tmp_path) as slot:
        shutil.rmtree(slot.work)
        with take_slot(tmp_path / "work", tmp_path) as other:
            assert other.number == slot.number
            with pytest.raises(InfraError, match="in use by another kbis"):
                slot.secure()


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfraError, match="cannot be used"), take_slot(tmp_path / "file" / "work", tmp_path):
        pass


def test_a_clean_build_directory_is_empty(tmp_path: Path) -> None:
    with take_slot(tmp_path / "work", tmp_path) as slot:
        (slot.make_build() / "left").write_text("x")
        assert list(slot.make_build().iterdir()) == [slot.build / "left"]
        assert list(slot.make_build(clean=True).iterdir()) == []
