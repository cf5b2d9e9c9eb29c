import subprocess
import sys
from pathlib import Path

import pytest

from kbis.kernel.budget import OVERHEAD_MIB, Budget, available_mib, guest_mib


def test_as_many_guests_as_there_are_processors_for(tmp_path: Path) -> None:
    budget = Budget(6, tmp_path)
    assert [budget.capacity(cpus, 1) for cpus in (1, 2, 4, 8)] == [6, 3, 1, 1]


def test_no_more_guests_than_memory_for_them_and_at_least_one(tmp_path: Path) -> None:
    budget = Budget(64, tmp_path)
    third = available_mib() * 0.8 / 3.5
    assert budget.capacity(1, third) == 3
    assert budget.capacity(1, 1000 * third) == 1


def test_a_number_that_the_user_gives_stands_for_the_processors_but_not_for_memory(tmp_path: Path) -> None:
    budget = Budget(2, tmp_path, most=5)
    assert budget.capacity(1, 1) == 5
    assert budget.capacity(1, available_mib()) == 1


def test_another_kbis_sees_what_is_in_use_until_it_is_done(tmp_path: Path) -> None:
    mine, other = Budget(4, tmp_path), Budget(4, tmp_path)
    with mine.taken(3):
        assert other.capacity(1, 1) == 1
        with other.taken(2):
            assert Budget(4, tmp_path).capacity(1, 1) == 1, "one at least, whatever others do"
    assert other.capacity(1, 1) == 4


def test_kill_9_gives_back_what_was_in_use(tmp_path: Path) -> None:
    code = (
        "import time; from pathlib import Path; from kbis.kernel.budget import Budget\n"
        f"with Budget(4, Path({str(tmp_path)!r})).taken(4): print('taken', flush=True); time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        assert Budget(4, tmp_path).capacity(1, 1) == 1
        holder.kill()
    assert Budget(4, tmp_path).capacity(1, 1) == 4


@pytest.mark.parametrize(
    ("meminfo", "limit", "used", "wanted"),
    [
        ("MemTotal: 9 kB\nMemAvailable:  2097152 kB\n", "max\n", "0\n", 2048),
        ("MemAvailable:  2097152 kB\n", f"{1 << 30}\n", f"{1 << 29}\n", 512),
        ("MemAvailable:  2097152 kB\n", f"{1 << 40}\n", "0\n", 2048),
        ("MemAvailable:  2097152 kB\n", "1048576\n", "2097152\n", 0),
    ],
    ids=["no container", "a container", "a container larger than the machine", "a container that is full"],
)
def test_available_memory_is_the_machines_or_the_containers(
    tmp_path: Path, meminfo: str, limit: str, used: str, wanted: float
) -> None:
    (tmp_path / "meminfo").write_text(meminfo)
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text(used)
    assert available_mib(tmp_path / "meminfo", tmp_path) == wanted


def test_a_guest_takes_its_memory_that_of_qemu_and_the_files_that_qemu_reads(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(bytes(3 << 20))
    assert guest_mib(256, archive, None, tmp_path / "absent") == 256 + OVERHEAD_MIB + 3
