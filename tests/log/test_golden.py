"""The golden examples hold byte for byte: from the JSON form to the line, and to the stock ssh-keygen."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kbis.log import sshsig
from kbis.log.event import decode
from kbis.log.kinds import KINDS
from kbis.log.line import format_line, parse_line
from kbis.log.pubkey import PublicKey
from kbis.views.event_json import event_json
from tests.log.examples import EXAMPLES, example, examples, name
from tests.log.json_form import event_from_json
from tests.log.world import ANN

GOLDEN: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in EXAMPLES.glob("*.json")
}


def test_there_is_an_example_of_every_kind_and_of_an_unknown_one() -> None:
    assert GOLDEN.keys() == {*KINDS, "future", "build-inputs-of"}


@pytest.mark.parametrize("kind", sorted(GOLDEN))
def test_the_example_is_rebuilt_from_its_json_form(kind: str) -> None:
    golden = GOLDEN[kind]
    # The JSON form of a kind nobody knows does not say which strings were bytes.
    event = (
        event_from_json(golden["json"])
        if golden["json"]["kind"] in KINDS
        else decode(bytes.fromhex(golden["body"]))
    )
    assert event.body.hex() == golden["body"]
    assert event.id.hex() == golden["id"] == golden["json"]["id"]
    signed = ANN.signed(event)
    assert signed.signature.hex() == golden["signature"]
    assert format_line(signed).decode() == golden["line"]
    assert parse_line(golden["line"].encode()) == signed
    assert event_json(decode(bytes.fromhex(golden["body"]))) == golden["json"]


def test_the_examples_are_what_the_code_makes_today() -> None:
    assert {name(event): example(event) for event in examples()} == GOLDEN


@pytest.mark.parametrize("kind", sorted(GOLDEN))
def test_ssh_keygen_verifies_the_example(kind: str, tmp_path: Path) -> None:
    golden = GOLDEN[kind]
    public = PublicKey.parse(golden["public_key"])
    (tmp_path / "allowed").write_text(f'ann namespaces="{golden["namespace"]}" {golden["public_key"]}\n')
    (tmp_path / "sig").write_text(sshsig.armor(public, bytes.fromhex(golden["signature"])))
    verify = ["ssh-keygen", "-Y", "verify", "-n", "kbis-event@v1", "-I", "ann", "-f", "allowed", "-s", "sig"]
    body = bytes.fromhex(golden["body"])
    done = subprocess.run(verify, input=body, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run(verify, input=body + b"\0", cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode != 0
