"""A bisection in a partial clone: what it lacks is fetched by git when a revision is checked out."""

import json
from pathlib import Path

import pytest

from kbis.demo.history import make_history
from kbis.log.new_key import make_key
from tests.cli.kbis import git, ok

SEED = 4


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_bisection_begins_runs_and_is_pushed_in_a_partial_clone(kind: str, tmp_path: Path) -> None:
    planted = make_history(tmp_path / "seed", SEED)
    hub, part = tmp_path / "hub", tmp_path / "part"
    git(tmp_path, "clone", "-q", "--bare", "seed", "hub")
    git(hub, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", f"--filter={kind}", f"file://{hub}", "part")
    left_out = missing(part)
    assert left_out
    make_key(part / ".git" / "key", "worker")
    git(part, "config", "user.signingKey", str(part / ".git" / "key"))
    ok(part, "init")
    ok(part, "pull")
    ok(part, "start", planted.culprit, f"{planted.culprit}~1")
    assert f"{planted.culprit} is the first bad commit" in ok(part, "run", "--sync")
    ok(part, "push")
    log = [json.loads(line) for line in ok(part, "log", "--json").splitlines()]
    assert [each["kind"] for each in log].count("boot") > 1
    assert json.loads(ok(part, "verify", "--json"))["counting"] == len(log)
    # No more than what was built has come.
    assert missing(part) < left_out
    whole = tmp_path / "whole"
    git(tmp_path, "clone", "-q", str(hub), "whole")
    (whole / ".git" / "kbis").mkdir()
    own = part / ".git" / "kbis" / "allowed_signers"
    (whole / ".git" / "kbis" / "allowed_signers").write_bytes(own.read_bytes())
    ok(whole, "pull")
    assert ok(whole, "status", "--json") == ok(part, "status", "--json")


def missing(path: Path) -> set[str]:
    listed = git(path, "rev-list", "--objects", "--missing=print", "--all").splitlines()
    return {line for line in listed if line.startswith("?")}
