import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from kbis.kernel import accel, probe
from kbis.kernel.boot import BootFacts, boot
from kbis.kernel.guest import debug_exit, guest, say
from kbis.kernel.probe import KVM
from kbis.kernel.recipe import DONE, READY, BootRecipe


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> BootFacts:
    """A real boot of the probe's guest in emulation."""
    image = tmp_path_factory.mktemp("probe") / "image"
    image.write_bytes(probe.GUEST)
    return boot(BootRecipe(), image, None, "tcg")


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A file that stands where /dev/kvm would."""
    path = tmp_path / "kvm"
    path.write_text("")
    return path


def test_the_answer_here_agrees_with_a_boot(tmp_path: Path) -> None:
    found = probe.probe()
    image = tmp_path / "image"
    image.write_bytes(probe.GUEST)
    if not (KVM.exists() and os.access(KVM, os.R_OK | os.W_OK)):
        assert found.name == "tcg"
        assert str(KVM) in found.reason
    elif found.name == "kvm":
        assert boot(BootRecipe(), image, None, "kvm").ending == "debug-exit"
    else:
        # Which of the two machines refused is in the details; that boot does not end well.
        machine = found.details[-1].split(" with kvm: ")[0]
        facts = boot(BootRecipe(machine=machine), image, None, "kvm", limit_s=probe.PROBE_LIMIT_S)
        assert facts.ending != "debug-exit" or "slower" in found.reason
        assert "useless" in found.reason or "slower" in found.reason


def test_the_probes_guest_really_takes_a_page_fault(emulated: BootFacts) -> None:
    assert emulated.console.text() == b"@@KBIS READY\npage fault taken\n@@KBIS DONE\n"


def test_a_boot_with_kvm_that_is_as_good_as_without_is_accepted(emulated: BootFacts) -> None:
    assert probe.refusal(KVM, emulated, emulated) is None


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ({"ending": "reset", "ready_at": None, "done_at": None}, "/dev/kvm exists but is useless here"),
        ({"ending": "reset", "ready_at": None, "done_at": None}, "never said a word with it"),
        ({"ending": "reset", "done_at": None}, "died at its first page fault"),
        ({"ending": "time-limit", "done_at": None}, "did not end within 3 s"),
        ({"ending": "qemu-failed", "ready_at": None, "done_at": None, "error": "abort"}, "made QEMU fail"),
        ({"duration_ns": 200 * 10**9}, "slower than emulation"),
    ],
)
def test_a_boot_with_kvm_that_is_worse_is_refused(
    emulated: BootFacts, difference: dict[str, object], words: str
) -> None:
    accelerated = replace(emulated, **difference)  # type: ignore[arg-type]
    assert words in (probe.refusal(KVM, emulated, accelerated) or "")


def test_flat_code_that_runs_is_not_enough(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(guest(say(f"{READY}\n"), say(f"{DONE}\n"), debug_exit(0x20)))
    assert not probe.passed(boot(BootRecipe(), image, None, "tcg"))


@pytest.mark.parametrize(
    ("machine", "program", "is_foreign"),
    [
        ("x86_64", "qemu-system-aarch64", True),
        ("x86_64", "/usr/bin/qemu-system-riscv64", True),
        ("x86_64", "qemu-system-i386", False),
        ("aarch64", "qemu-system-x86_64", True),
        ("aarch64", "qemu-system-aarch64", False),
    ],
)
def test_kvm_is_not_tried_for_another_architecture(
    monkeypatch: pytest.MonkeyPatch, machine: str, program: str, is_foreign: bool
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    found = probe.foreign(program)
    assert (found is not None) is is_foreign
    if found is not None:
        assert found.name == "tcg"
        assert machine in found.reason
        assert Path(program).name in found.reason
        assert probe.probe(program) == found


def test_a_missing_device_is_said(tmp_path: Path) -> None:
    found = probe.probe(kvm=tmp_path / "none")
    assert (found.name, found.details) == ("tcg", ())
    assert "does not exist" in found.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every device")
def test_a_device_that_may_not_be_opened_says_what_to_do(device: Path) -> None:
    device.chmod(0)
    found = probe.probe(kvm=device)
    assert "may not be opened" in found.reason
    assert "adduser" in found.hint


def edit(cache: Path, **changes: object) -> None:
    cache.write_text(json.dumps(json.loads(cache.read_text()) | changes))


def test_the_answer_is_remembered_until_the_machine_changes(tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "accel.json"
    found = accel.acceleration(cache)
    edit(cache, reason="from memory")
    assert accel.acceleration(cache) == replace(found, reason="from memory")
    edit(cache, key="of another boot of the machine")
    assert accel.acceleration(cache).name == found.name
    assert "from memory" not in cache.read_text()


def test_a_device_that_appears_or_goes_is_noticed(tmp_path: Path, device: Path) -> None:
    cache = tmp_path / "accel.json"
    device.unlink()
    assert "does not exist" in accel.acceleration(cache, kvm=device).reason
    device.write_text("")
    assert "does not exist" not in accel.acceleration(cache, kvm=device).reason


@pytest.mark.parametrize("content", ["", "[]", "{", '{"key": 1}', "null", "\0"])
def test_a_damaged_memory_is_forgotten(tmp_path: Path, content: str) -> None:
    cache = tmp_path / "accel.json"
    cache.write_text(content)
    assert accel.acceleration(cache, kvm=tmp_path / "none").name == "tcg"
    assert json.loads(cache.read_text())["name"] == "tcg"


def test_a_memory_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert accel.acceleration(tmp_path / "file" / "accel.json", kvm=tmp_path / "none").name == "tcg"


def test_the_probe_works_beside_its_answer_so_that_a_later_one_finds_what_a_killed_one_left(
    tmp_path: Path, device: Path
) -> None:
    left = tmp_path / accel.SCRATCH / "probe-of-a-killed-process"
    left.mkdir(parents=True)
    accel.acceleration(tmp_path / "accel.json", kvm=device)
    assert list((tmp_path / accel.SCRATCH).iterdir()) == []
