"""schemas/ and docs/format.md say what the code does: neither drifts, and schema and decoder agree both ways."""

import copy
import json
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from kbis.log import schema
from kbis.log.canon import NotCanonicalError, encode
from kbis.log.event import BadEventError, decode
from kbis.log.fields import Bytes, Choice, Flag, Many, Spec, Table, Text, Whole, specs
from kbis.log.kinds import KINDS
from kbis.views.event_json import event_json
from tests.log.examples import examples
from tests.log.examples import name as name_of
from tests.log.json_form import wire_body

ROOT = Path(__file__).resolve().parents[2]
FORMS = {name_of(event): event_json(event) for event in examples()}


def validator(name: str) -> Draft202012Validator:
    found = {path.name: json.loads(path.read_text()) for path in (ROOT / "schemas").glob("*.json")}
    registry = Registry().with_resources([(key, Resource.from_contents(each)) for key, each in found.items()])
    return Draft202012Validator(found[name], registry=registry)


EVENT = validator("event.schema.json")


def decodes(form: dict[str, Any]) -> bool:
    try:
        decode(encode(wire_body(form)))
    except (BadEventError, NotCanonicalError):
        return False
    return True


def test_what_is_published_is_what_the_code_says() -> None:
    assert schema.drifted(ROOT) == []


def test_a_drifted_file_is_named_and_the_run_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("schemas", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    schema.main("--check")
    (tmp_path / "schemas/boot.schema.json").write_text("{}")
    with pytest.raises(SystemExit, match=r"boot\.schema\.json"):
        schema.main("--check")
    schema.main()
    schema.main("--check")


def test_there_is_a_sound_schema_for_every_kind_and_for_nothing_else() -> None:
    names = {path.name for path in (ROOT / "schemas").glob("*.json")}
    assert names == {f"{kind}.schema.json" for kind in [*KINDS, "event"]}
    for name in names:
        Draft202012Validator.check_schema(json.loads((ROOT / "schemas" / name).read_text()))


@pytest.mark.parametrize("example", FORMS)
def test_the_examples_fit_their_schemas(example: str) -> None:
    EVENT.validate(FORMS[example])
    kind = FORMS[example]["kind"]
    if kind in KINDS:
        validator(f"{kind}.schema.json").validate(FORMS[example]["data"])


@pytest.mark.parametrize("change", [{"outcome": "failed"}, {"outcome": "infra"}, {"signature": None}])
def test_inputs_of_without_a_kernel_is_refused(change: dict[str, str | None]) -> None:
    data = FORMS["build-inputs-of"]["data"] | change
    form = FORMS["build"] | {"data": {key: each for key, each in data.items() if each is not None}}
    assert not decodes(form)
    assert not EVENT.is_valid(form)
    del form["data"]["inputs_of"]
    assert decodes(form)
    assert EVENT.is_valid(form)


def fitting(spec: Spec) -> st.SearchStrategy[Any]:
    """JSON values that a spec takes, its limits among them."""
    match spec:
        case Text(limit, None):
            return st.text(max_size=6) | st.sampled_from(["", "x" * limit, "\u00e9" * limit, "\0\x1b[31m\n"])
        case Text(_, pattern):
            return st.from_regex(str(pattern), fullmatch=True).filter(lambda text: len(text) <= spec.limit)
        case Bytes(sizes):
            return st.sampled_from(sizes).flatmap(
                lambda size: st.binary(min_size=size, max_size=size).map(bytes.hex)
            )
        case Whole(least, most):
            return st.integers(least, most) | st.sampled_from([least, most])
        case Flag():
            return st.booleans()
        case Choice(words):
            return st.sampled_from(words)
        case Many(item, most, least):
            return st.lists(fitting(item), min_size=least, max_size=min(most, least + 3))
        case Table(record):
            return fitting_record(record)
    raise TypeError(spec)


def fitting_record(record: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    required = {each.name: fitting(spec) for each, spec in specs(record) if each.default is not None}
    optional = {each.name: fitting(spec) for each, spec in specs(record) if each.default is None}
    return st.fixed_dictionaries(required, optional=optional)


@given(
    st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), fitting_record(KINDS[kind])))
)
def test_what_fits_the_specs_is_taken_by_decoder_and_schema(made: tuple[str, dict[str, Any]]) -> None:
    kind, data = made
    if data.get("outcome") != "ok" or "signature" not in data:
        data.pop("inputs_of", None)
    form = FORMS[kind] | {"data": data}
    assert decodes(form)
    assert EVENT.is_valid(form)


ODD: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**40,
        2**63 - 1,
        "",
        "x",
        "git/1",
        "git/1\n",
        "ok",
        "bad",
        "start",
        "boot",
    ),
    *("0" * 40, "0" * 40 + "\n", "0" * 39, "0" * 64, "A" * 40, "G" * 64, "0" * 63, "é" * 300, "x" * 2001),
    *(
        [],
        [1],
        ["0" * 64],
        ["0" * 64, "0" * 64],
        ["0" * 40] * 65,
        ["x"] * 33,
        {},
        {"title": "t"},
        {"title": 1},
    ),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, each in below for deeper in places(each, (*path, key)))]


def changed(form: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    made = copy.deepcopy(form)
    inside = made
    for key in path[:-1]:
        inside = inside[key]
    change(inside, path[-1])
    return made


def mutants(form: dict[str, Any], rng: random.Random) -> list[dict[str, Any]]:
    """The form with one thing wrong, or with one thing other and still right; the id is derived and left alone."""
    found = []
    for path in places(form)[1:]:
        if path == ("id",):
            continue
        odd_ones = rng.sample(ODD, 9)
        found += [changed(form, path, partial(setitem, odd)) for odd in odd_ones]
        found.append(changed(form, path, delitem))
        if isinstance(path[-1], str) and len(path) < 3:
            found.append(changed(form, (*path[:-1], f"{path[-1]}x"), partial(setitem, 1)))
    return found


def setitem(value: Any, inside: Any, key: Any) -> None:
    inside[key] = value


def delitem(inside: Any, key: Any) -> None:
    del inside[key]


@settings(max_examples=25)
@given(st.sampled_from(sorted(FORMS)), st.integers(0, 2**32))
def test_decoder_and_schema_refuse_the_same_changes(example: str, seed: int) -> None:
    made = mutants(FORMS[example], random.Random(seed))
    assert {decodes(form) for form in made} == {True, False}
    for form in made:
        assert EVENT.is_valid(form) == decodes(form) or only_out_of_order(form), form


def only_out_of_order(form: dict[str, Any]) -> bool:
    parents = form["parents"]
    return (
        parents != sorted(parents) and EVENT.is_valid(form) and decodes(form | {"parents": sorted(parents)})
    )


def test_parents_out_of_order_are_beyond_the_schema_and_not_beyond_the_decoder() -> None:
    form = FORMS["verdict"]
    assert len(form["parents"]) == 2
    turned = form | {"parents": form["parents"][::-1]}
    assert EVENT.is_valid(turned)
    assert not decodes(turned)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_at_its_limit_is_taken_and_beyond_it_refused(kind: str) -> None:
    for each, spec in specs(KINDS[kind]):
        match spec:
            case Text(limit, None):
                sizes = {limit: True, limit + 1: False}
                forms = {
                    size: FORMS[kind] | {"data": FORMS[kind]["data"] | {each.name: "é" * size}}
                    for size in sizes
                }
            case Whole(least, most):
                sizes = {least: True, least - 1: False, most: True, most + 1: False}
                forms = {
                    size: FORMS[kind] | {"data": FORMS[kind]["data"] | {each.name: size}} for size in sizes
                }
            case _:
                continue
        for size, fits in sizes.items():
            assert decodes(forms[size]) is EVENT.is_valid(forms[size]) is fits, (each.name, size)
