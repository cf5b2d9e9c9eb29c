"""kill -9 at any moment of an append, a pull, a merge or a push: what was acknowledged is everywhere after one sync."""

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.log.world import git
from tests.team.clones import events_at, make_hub
from tests.team.test_contention import all_agree, all_have, team_of
from tests.team.worker import ENDLESS, Worker, at_the_end_all_stopped

KILLS = int(os.environ.get("KBIS_TEST_KILLS", "60"))
CLONES = 3

HUB_SIDE = {"upload-pack", "receive-pack", "git-upload-pack", "git-receive-pack"}
"""What runs at the hub, and outlives the client; with a hub on the same disk it is a descendant of ours."""


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    hub = make_hub(tmp_path)
    clones = team_of(hub, tmp_path, CLONES)
    appended: set[bytes] = set()
    sent: set[bytes] = set()
    for turn in range(-(-KILLS // CLONES)):
        workers = [Worker(clone, 1 + number, ENDLESS) for number, clone in enumerate(clones)]
        with at_the_end_all_stopped(workers):
            for worker in workers:
                worker.read(random.randint(1, 3))
            time.sleep(random.uniform(0, 0.2))
            for worker in workers:
                time.sleep(random.uniform(0, 0.05))
                assert worker.process.pid is not None
                # Every other time git goes on alone, as it does when kbis alone is killed.
                for pid in family(worker.process.pid) if turn % 2 else [worker.process.pid]:
                    kill(pid)
                worker.read()
                assert worker.process.exitcode == -signal.SIGKILL
                appended |= worker.appended
                sent |= worker.sent
    assert sent
    assert events_at(hub, tmp_path / "reader") >= sent
    for clone in clones:
        clone.sync()
    assert events_at(hub, tmp_path / "second") >= appended
    all_agree(clones, hub, appended)
    for clone in clones:
        assert clone.append(90) <= clone.ids()
        assert clone.sync().sent == 1
        assert not list((clone.path / ".git" / "refs").rglob("*.lock"))
        git(clone.path, "gc", "--quiet", "--prune=now")
    all_have(clones, appended)


def family(pid: int) -> list[int]:
    """A process and its descendants, but for the hub's."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    if HUB_SIDE & {Path(word).name for word in words}:
        return []
    return [pid, *(each for child in children for each in family(int(child)))]


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
