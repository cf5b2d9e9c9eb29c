"""kill -9 at any moment: what was acknowledged is there, and the next one goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.log.killer import grown_old
from tests.log.world import LOG, NOTES, git, ids_counted, make_repository, open_log, started

ROOT = Path(__file__).resolve().parents[2]
KILLS = 100


def test_a_hundred_kills_in_mid_append_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "repo"
    root = make_repository(path)
    start = started(open_log(path), root)
    command = [sys.executable, "-m", "tests.log.killer", str(path), start.body.hex(), str(KILLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged = {bytes.fromhex(word.decode()) for word in done.stdout.split()}
    log = open_log(path)
    there = ids_counted(log)
    print(
        f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(there) - 1} there, {done.stderr.decode().strip()}"
    )
    assert len(acknowledged) > KILLS // 10
    assert acknowledged <= there
    assert log.counted().ignored == ()
    assert len(started(log, root).id) == 32
    git(path, "fsck", "--strict", "--no-dangling")
    assert git(path, "rev-parse", NOTES) == git(path, "rev-parse", LOG)


@pytest.mark.parametrize("name", [LOG, NOTES])
def test_a_ref_that_was_written_but_not_renamed_is_written_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / "repo"
    root = make_repository(path)
    started(open_log(path), root)
    lock = path / ".git" / f"{name}.lock"
    lock.write_text("0" * 20)
    grown_old(path)
    started(open_log(path), root)
    assert len(ids_counted(open_log(path))) == 2
