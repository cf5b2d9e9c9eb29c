"""KVM forced upon the toy kernel, on a machine where it is useless: what counts is what emulation shows."""

import json
from pathlib import Path

import pytest

from kbis.kernel import probe
from tests.cli.kbis import kbis, ok
from tests.e2e.twin import make_twin

SAID = "KVM is not used: a kernel that came up in emulation did not come up with it."


def test_boots_that_kvm_spoils_are_made_again_in_emulation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if probe.probe().name == "kvm":
        pytest.skip("KVM works on this machine, so it spoils no boot")
    monkeypatch.setenv("KBIS_ACCEL", "kvm")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    twin = make_twin(tmp_path / "pebble")
    ok(twin.directory, "key")
    begin = ("start", twin.bad, twin.good, "--policy", "git/1", "--boots", "2")
    ok(twin.directory, *begin, "--reproducer", str(twin.reproducer))
    ran = kbis(twin.directory, "step", "--parallel-boots", "2")
    assert ran.code == 0, ran.err
    assert ran.err.count(SAID) == 1
    events = [json.loads(line) for line in ok(twin.directory, "log", "--json").splitlines()]
    boots = [each["data"] for each in events if each["kind"] == "boot"]
    assert {(each["accel"], each["reached"]) for each in boots} <= {("tcg", "reproducer"), ("tcg", "end")}
    assert len(boots) >= 2
    monkeypatch.delenv("KBIS_ACCEL")
    assert "KVM is not used" in kbis(twin.directory, "step").err, "from then on it is known"
