import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.kernel import console, watch
from kbis.kernel.boot import BootFacts, boot
from kbis.kernel.bounded import Limits
from kbis.kernel.guest import NMI, debug_exit, fault, guest, halt, say
from kbis.kernel.recipe import DONE, READY, BootRecipe
from tests.kernel import guests

RECIPE = BootRecipe(machine="pc", memory_mib=32, timeout_s=30)

ready, done = say(f"{READY}\n"), say(f"{DONE}\n")

Run = Callable[..., BootFacts]


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "DONE_GRACE_S", 0.3)
    monkeypatch.setattr(watch, "PANIC_GRACE_S", 1.0)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def booted(
        *steps: bytes, recipe: BootRecipe = RECIPE, limit_s: float | None = None, **extra: object
    ) -> BootFacts:
        image = tmp_path / "an image, with a comma"
        image.write_bytes(guest(*steps, **extra))  # type: ignore[arg-type]
        return boot(recipe, image, None, "tcg", limit_s=limit_s)

    return booted


@pytest.mark.parametrize("machine", ["pc", "q35", "microvm"])
def test_a_guest_that_ends_well_is_seen_to_the_end(run: Run, machine: str) -> None:
    facts = run(ready, fault(), done, debug_exit(0x20), recipe=replace(RECIPE, machine=machine))
    assert (facts.ending, facts.status, facts.error) == ("debug-exit", 65, "")
    assert facts.console.text() == b"@@KBIS READY\n@@KBIS DONE\n"
    assert (facts.ready_at, facts.done_at, facts.nmi_at) == (12, 24, None)
    assert facts.accelerator == "tcg"
    assert facts.emulator.startswith("QEMU ")


def test_an_exit_with_status_1_is_the_guests_not_an_error_of_qemu(run: Run) -> None:
    assert run(ready, debug_exit(0)).ending == "debug-exit"


@pytest.mark.parametrize(
    ("steps", "ending"),
    [
        ([ready, guests.triple_fault()], "reset"),
        ([ready, guests.keyboard_reset()], "reset"),
        ([ready, guests.panic_event(), say("Kernel panic\n"), guests.triple_fault()], "panic"),
        ([ready, guests.power_off(), guests.spin()], "power-off"),
        ([guests.triple_fault()], "reset"),
    ],
    ids=["triple fault", "keyboard reset", "panic", "power-off", "silent triple fault"],
)
def test_the_ways_to_end_are_told_apart(run: Run, steps: list[bytes], ending: str) -> None:
    facts = run(*steps)
    assert facts.ending == ending
    if ending == "panic":
        assert facts.console.text().endswith(b"Kernel panic\n"), "the text after the event is kept"


@pytest.mark.parametrize("step", [guests.spin(), halt()], ids=["spinning", "halted"])
def test_a_hanging_guest_is_ended_at_the_limit(run: Run, step: bytes) -> None:
    facts = run(ready, step, limit_s=1.5)
    assert (facts.ending, facts.done_at) == ("time-limit", None)
    assert facts.nmi_at == len(READY) + 1


def test_a_hanging_guest_is_asked_where_it_hangs(run: Run) -> None:
    answer = say("NMI: stack\n") + guests.triple_fault()
    facts = run(ready, guests.spin(), limit_s=1.5, handlers={NMI: answer})
    assert facts.ending == "time-limit"
    assert facts.nmi_at is not None
    assert facts.console.part(facts.nmi_at) == b"NMI: stack\n"


def test_a_guest_that_does_not_end_after_the_end_marker_is_ended(run: Run) -> None:
    facts = run(ready, done, halt())
    assert (facts.ending, facts.nmi_at) == ("done", None)


def test_a_guest_that_does_not_reset_after_a_panic_is_ended(run: Run) -> None:
    assert run(ready, guests.panic_event(), halt()).ending == "panic"


def test_a_flood_is_bounded_and_the_markers_in_it_are_found(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "LIMITS", Limits(100_000, 50_000))
    facts = run(guests.print_x(150_000), ready, guests.print_x(100_000), done, debug_exit(1))
    assert facts.ending == "debug-exit"
    assert facts.ready_at == 150_000 + len(READY)
    assert (len(facts.console.head), len(facts.console.tail)) == (100_000, 50_000)
    assert facts.console.dropped == 100_000 + len(READY) + len(DONE) + 2


def test_an_endless_flood_is_ended_at_the_limit(run: Run) -> None:
    facts = run(ready, guests.flood(), limit_s=1.0)
    assert facts.ending == "time-limit"
    assert len(facts.console.text()) <= console.LIMITS.head + console.LIMITS.tail + 100


def test_a_flood_of_events_is_bounded(run: Run) -> None:
    repeat = guests.panic_event() + b"\xeb" + bytes([256 - len(guests.panic_event()) - 2])
    assert run(ready, repeat, limit_s=20).ending == "panic"


def test_the_reproducer_and_the_command_line_reach_the_guest_the_same_on_every_machine(
    tmp_path: Path,
) -> None:
    image, reproducer = tmp_path / "kernel", tmp_path / "repro, with a comma"
    wanted = "kernel panic=-1 x=a,b"
    image.write_bytes(guest(guests.say_command_line(len(wanted)), guests.say_module(), debug_exit(1)))
    reproducer.write_bytes(b"<do it>")
    facts = boot(replace(RECIPE, cmdline="panic=-1 x=a,b"), image, reproducer, "tcg")
    assert facts.console.text() == wanted.encode() + b"<do it>"


@pytest.mark.parametrize(
    "content", [b"", b"no kernel", Path("/bin/true").read_bytes()], ids=["empty", "text", "program"]
)
def test_a_file_that_is_no_kernel_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "image").write_bytes(content)
    facts = boot(RECIPE, tmp_path / "image", None, "tcg")
    assert facts.ending == "refused"
    assert facts.error


@pytest.mark.parametrize(
    "recipe",
    [
        replace(RECIPE, machine="no-such-machine"),
        replace(RECIPE, qemu=("-no-such-option",)),
        replace(RECIPE, qemu=("-drive", "file=/none,if=none")),
    ],
)
def test_a_qemu_that_does_not_start_has_failed(run: Run, recipe: BootRecipe) -> None:
    facts = run(ready, debug_exit(1), recipe=recipe)
    assert facts.ending == "qemu-failed"
    assert facts.error


def test_a_missing_image_is_qemus_failure_not_the_kernels(tmp_path: Path) -> None:
    facts = boot(RECIPE, tmp_path / "none", None, "tcg")
    assert facts.ending == "qemu-failed"


def test_a_missing_emulator_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InfraError, match="is not installed") as raised:
        boot(RECIPE, tmp_path / "none", None, "tcg")
    assert "qemu-system-x86" in raised.value.hint


def qemus_in(directory: Path) -> list[int]:
    """The QEMU processes whose image lies in a directory."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if (link / "kernel").readlink().is_relative_to(directory):
                found.append(int(link.parent.name))
        except OSError:
            continue
    return found


def cpu_time_s(pid: int) -> float:
    """CPU time that a process used: much of it means that its guest is spinning."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(condition: Callable[[], object]) -> None:
    for _ in range(1500):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("what was waited for did not happen")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_qemu_killed_by_somebody_else_says_nothing_of_the_kernel(
    run: Run, tmp_path: Path, number: int
) -> None:
    def kill() -> None:
        until(lambda: [pid for pid in qemus_in(tmp_path) if cpu_time_s(pid) > 0.6])
        for pid in qemus_in(tmp_path):
            if "qemu" in Path(f"/proc/{pid}/exe").readlink().name:
                os.kill(pid, number)

    killer = threading.Thread(target=kill)
    killer.start()
    facts = run(ready, guests.spin())
    killer.join()
    assert facts.ending == "killed"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_qemu_is_left_when_kbis_is_killed(tmp_path: Path, number: int) -> None:
    image = tmp_path / "image"
    image.write_bytes(guest(ready, guests.spin()))
    script = (
        "import sys; from pathlib import Path\n"
        "from kbis.kernel.boot import boot; from kbis.kernel.recipe import BootRecipe\n"
        "boot(BootRecipe(memory_mib=32, timeout_s=300), Path(sys.argv[1]), None, 'tcg')\n"
    )
    kbis = subprocess.Popen([sys.executable, "-c", script, str(image)], stderr=subprocess.DEVNULL)
    until(lambda: qemus_in(tmp_path))
    kbis.send_signal(number)
    kbis.wait()
    until(lambda: not qemus_in(tmp_path))


def test_boots_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    results: dict[int, BootFacts] = {}

    def one(number: int) -> None:
        image = tmp_path / str(number)
        image.write_bytes(guest(ready, say(f"{number}\n"), done, debug_exit(number)))
        results[number] = boot(RECIPE, image, None, "tcg")

    threads = [threading.Thread(target=one, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, facts in results.items():
        assert facts.status == 2 * number + 1
        assert b"\n%d\n" % number in facts.console.text()
    assert len(results) == 4
