import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from kbis.kernel import accel, probe
from kbis.kernel.guest import debug_exit, guest, say
from kbis.kernel.guests import Guests
from kbis.kernel.probe import KVM
from kbis.kernel.recipe import BootRecipe

RECIPE = BootRecipe(memory_mib=32, timeout_s=10)


@pytest.fixture(scope="module")
def _kvm_is_useless() -> None:
    if probe.probe().name == "kvm":
        pytest.skip("KVM works on this machine, so nothing here fails to come up with it")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_bytes(probe.GUEST)
    return path


@pytest.mark.usefixtures("_kvm_is_useless")
def test_what_comes_up_only_in_emulation_counts_as_emulated_and_kvm_is_given_up(
    image: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    guests = Guests("kvm", said.append, tmp_path)
    facts = guests.boot(RECIPE, image, None)
    assert (facts.accelerator, facts.ready_at is not None) == ("tcg", True)
    [sentence] = said
    assert sentence.startswith("KVM is not used: ")
    begun = {each.accelerator for each in (guests.boot(RECIPE, image, None) for _ in range(2))}
    assert begun == {"tcg"}
    assert len(said) == 1, "it is said once"


@pytest.mark.usefixtures("_kvm_is_useless")
def test_a_kernel_that_never_comes_up_is_no_reason_to_give_kvm_up(tmp_path: Path) -> None:
    dead = tmp_path / "dead"
    dead.write_bytes(guest(say("too early\n"), debug_exit(1)))
    said: list[str] = []
    facts = Guests("kvm", said.append, tmp_path).boot(RECIPE, dead, None)
    assert (facts.accelerator, facts.ready_at, said) == ("tcg", None, [])


def test_in_emulation_nothing_is_repeated(image: Path, tmp_path: Path) -> None:
    image.write_bytes(guest(say("too early\n"), debug_exit(1)))
    facts = Guests("tcg", lambda _: pytest.fail("KVM was not in use"), tmp_path).boot(RECIPE, image, None)
    assert facts.accelerator == "tcg"


def test_a_sign_of_success_is_as_good_as_the_marker(tmp_path: Path) -> None:
    from kbis.kernel.guests import came_up

    image = tmp_path / "image"
    image.write_bytes(guest(say("all tests passed\n"), debug_exit(5)))
    recipes = {
        "none": RECIPE,
        "a line": replace(RECIPE, success="all tests passed"),
        "an exit value": replace(RECIPE, success_exit=5),
        "another exit value": replace(RECIPE, success_exit=6),
    }
    guests = Guests("tcg", print, tmp_path)
    found = {name: came_up(guests.boot(each, image, None), each) for name, each in recipes.items()}
    assert found == {"none": False, "a line": True, "an exit value": True, "another exit value": False}


@pytest.mark.skipif(not os.access(KVM, os.R_OK | os.W_OK), reason="/dev/kvm cannot be opened here")
def test_what_the_probe_said_is_corrected(tmp_path: Path) -> None:
    cache = tmp_path / "acceleration.json"
    program = "qemu-system-x86_64"
    accel.acceleration(cache, program)
    kept = json.loads(cache.read_text()) | {"name": "kvm", "reason": "KVM is used."}
    cache.write_text(json.dumps(kept))
    assert accel.acceleration(cache, program).name == "kvm"
    accel.reject(cache, "KVM is not used: a kernel did not come up.", program)
    assert accel.acceleration(cache, program).name == "tcg"
    assert accel.acceleration(cache, program).reason == "KVM is not used: a kernel did not come up."


def test_a_boot_leaves_nothing_in_its_scratch_directory(image: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    Guests("tcg", print, scratch).boot(RECIPE, image, None)
    assert list(scratch.iterdir()) == []
