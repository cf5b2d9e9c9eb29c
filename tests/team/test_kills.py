"""kill -9 in the midst of appends, merges, pushes and cache writes: what was acknowledged is there after a sync."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from kbis.log.eventlog import CACHE
from tests.log.killer import grown_old
from tests.log.world import git
from tests.team.clones import events_at, make_hub
from tests.team.hunter import SHARE
from tests.team.prey import PHASES
from tests.team.test_contention import all_agree, all_have, team_of

KILLS = int(os.environ.get("KBIS_TEST_KILLS", "300"))
"""So many that hit a phase of the work; each phase gets its share."""

CLONES = 3
ROOT = Path(__file__).resolve().parents[2]


def test_nothing_acknowledged_is_lost_by_kill_9_in_any_phase_of_the_work(tmp_path: Path) -> None:
    hub = make_hub(tmp_path)
    clones = team_of(hub, tmp_path, CLONES)
    command = [
        sys.executable,
        "-m",
        "tests.team.hunter",
        str(KILLS),
        str(hub),
        *(str(each.path) for each in clones),
    ]
    hunted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert hunted.returncode == 0, hunted.stderr
    report = json.loads(hunted.stdout)
    appended, sent = ({bytes.fromhex(each) for each in report[name]} for name in ("appended", "sent"))
    kills = ", ".join(f"{phase} {number}" for phase, number in report["kills"].items())
    print(
        f"kills: {kills}; git killed too: {report['with_git']}; locks left over: {report['locks_left']}; "
        f"{len(appended)} events acknowledged, {len(sent)} of them as sent"
    )
    hits = [report["kills"][phase] for phase in PHASES]
    assert sum(hits) >= KILLS
    assert min(hits) >= KILLS // SHARE
    assert sent
    assert sent <= appended
    assert events_at(hub, tmp_path / "reader") >= sent
    for clone in clones:
        grown_old(clone.path)
        clone.sync()
    assert events_at(hub, tmp_path / "second") >= appended
    all_agree(clones, hub, appended)
    for clone in clones:
        with closing(sqlite3.connect(clone.path / ".git" / CACHE)) as cache:
            assert cache.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert clone.append(90) <= clone.ids()
        assert clone.sync().sent == 1
        assert not list((clone.path / ".git" / "refs").rglob("*.lock"))
        git(clone.path, "gc", "--quiet", "--prune=now")
    all_have(clones, appended)
