"""Real Linux: three thousand commits over Debian's source, built with gcc, booted in QEMU, and a bug found in them.

The bug shows in 40 % of boots. Before it lies a stretch in which another bug crashes 8 % of boots, and where git would
look first nothing compiles. kbis is killed in the middle of a build and of boots, and goes on.
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.kbis import git, ok
from tests.linux import running
from tests.linux.repository import Linux, linux
from tests.linux.running import Event, events, of_kind
from tests.linux.seeds import BUG_TITLE, NOISE_TITLE
from tests.linux.table import table

pytestmark = [pytest.mark.linux, pytest.mark.timeout(running.LIMIT_S)]

TOOLS = ("make", "gcc", "flex", "bison", "bc", "xz", "qemu-system-x86_64")

HALF_BUILT = 40
"""Objects below kernel/ that make a build a build in its middle; a whole one has 150."""

BOOTS_BEFORE_THE_KILL = 3


@dataclass(frozen=True)
class Told:
    """A bisection that is over.

    Attributes:
        linux: Its history.
        where: The clone that it was done in.
        said: What the last `kbis run` printed.
        log: All events.
        kept: Shares of the half build's objects that the next build used as they were.
        before: The events at the second kill.
        wall_s: From `kbis start` to the end.
        cpu_s: Processor time for that, the killed builds left out.
    """

    linux: Linux
    where: Path
    said: str
    log: list[Event]
    kept: float
    before: list[str]
    wall_s: float
    cpu_s: float

    def revisions(self, kind: str, **data: str) -> set[str]:
        """The revisions that have such an event."""
        return {event["object"] for event in of_kind(self.log, kind) if data.items() <= event["data"].items()}

    def contains(self, revision: str, planted: str) -> bool:
        """Whether a revision's history has the commit that planted something."""
        commit = self.linux.commits[self.linux.planted[planted]]
        return git(self.where, "merge-base", revision, commit).strip() == commit


@pytest.fixture(scope="module")
def bisection(tmp_path_factory: pytest.TempPathFactory) -> Told:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"to build Linux takes {', '.join(missing)}: .ci/setup linux installs them")
    history = linux()
    base = tmp_path_factory.mktemp("linux")
    where = history.clone(base / "clone")
    with pytest.MonkeyPatch.context() as patch:
        # What a first run costs is measured; and with an empty cache ccache costs more than it saves.
        patch.setenv("CCACHE_DISABLE", "1")
        began, spent = time.monotonic(), running.cpu_s()
        running.begin(where, history.bad, history.good)

        running.kill_when(running.run(where), lambda: len(running.objects(where)) >= HALF_BUILT)
        half = running.objects(where)
        running.kill_when(running.run(where), boots_begun(where, BOOTS_BEFORE_THE_KILL))
        now = running.objects(where)
        kept = sum(now.get(path) == at for path, at in half.items()) / len(half)
        before = [event["id"] for event in events(where)]

        last = running.run(where)
        said, _ = last.communicate(timeout=running.LIMIT_S)
        assert last.returncode == 0, said
        wall_s, cpu_s = time.monotonic() - began, running.cpu_s() - spent
    return Told(history, where, said, events(where), kept, before, wall_s, cpu_s)


def boots_begun(where: Path, number: int) -> Callable[[], bool]:
    """Tells whether so many virtual machines have been seen, the last of them still at work."""
    seen: set[int] = set()

    def due() -> bool:
        now = running.emulators(where)
        seen.update(now)
        return len(seen) >= number and bool(now)

    return due


def test_kbis_finds_the_planted_commit(bisection: Told) -> None:
    assert f"{bisection.linux.culprit} is the first bad commit" in bisection.said
    status = json.loads(ok(bisection.where, "status", "--json"))
    assert status["next"]["candidates"] == [bisection.linux.culprit]
    assert of_kind(bisection.log, "conclude")[-1]["data"]["title"] == BUG_TITLE


def test_whoever_is_called_bad_has_the_bug(bisection: Told) -> None:
    """Also in the stretch with the other crash, which is what misleads a script."""
    called = bisection.revisions("verdict", verdict="bad")
    assert bisection.linux.culprit in called
    assert all(bisection.contains(revision, "bug") for revision in called)


def test_nothing_but_the_two_planted_crashes_is_seen(bisection: Told) -> None:
    seen = {boot["data"].get("title") for boot in of_kind(bisection.log, "boot")}
    assert BUG_TITLE in seen
    assert seen <= {BUG_TITLE, NOISE_TITLE, None}


def test_what_does_not_compile_is_what_was_planted(bisection: Told) -> None:
    for revision in bisection.revisions("build", outcome="failed"):
        assert bisection.contains(revision, "broken")
        assert not bisection.contains(revision, "repaired")


def test_a_revision_with_a_known_kernel_is_not_booted(bisection: Told) -> None:
    """At least the last steps, between commits that touch nothing that is built, are decided without a boot."""
    built = bisection.revisions("build", outcome="ok")
    booted = bisection.revisions("boot")
    assert built - booted


def test_a_killed_build_goes_on_with_what_it_had_compiled(bisection: Told) -> None:
    assert bisection.kept > 0.95


def test_what_was_recorded_before_a_kill_is_there_after_it(bisection: Told) -> None:
    assert [event["id"] for event in bisection.log][: len(bisection.before)] == bisection.before


def test_no_virtual_machine_is_left(bisection: Told) -> None:
    assert running.emulators(bisection.where) == set()


def test_a_colleague_can_check_every_line_and_every_decision(
    bisection: Told, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = bisection.linux.clone(tmp_path_factory.mktemp("colleague") / "clone")
    (other / ".git" / "kbis").mkdir()
    shutil.copy(bisection.where / ".git" / "kbis" / "allowed_signers", other / ".git" / "kbis")
    ok(other, "pull", str(bisection.where))
    ok(other, "verify")
    ok(other, "replay")
    assert [event["id"] for event in events(other)] == [event["id"] for event in bisection.log]


def test_what_it_took_is_told(bisection: Told, capsys: pytest.CaptureFixture[str]) -> None:
    text = table(bisection.log, bisection.wall_s, bisection.cpu_s)
    with capsys.disabled():
        print(
            f"\n\n{len(bisection.linux.commits)} commits, {bisection.linux.merges} of them merges\n{text}\n"
        )
    assert len(of_kind(bisection.log, "build")) >= 2
