"""The vendors' contracts are valid documents, and our reading of them agrees with a library's."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from adapters.contracts import BodySchema, load_contract
from adapters.contracts.contract import ContractName
from tests.fakes.vendors.contract_check import body_validator

CONTRACTS: tuple[ContractName, ...] = ("did", "heygen-v2", "heygen-v3")
OPERATIONS = [(name, path) for name in CONTRACTS for path in load_contract(name).document["paths"]]
SCRIPT = {"type": "text", "input": "Hello there", "provider": {"type": "microsoft", "voice_id": "Sara"}}
SCENE = {
    "character": {"type": "avatar", "avatar_id": "a", "scale": 1.5},
    "voice": {"type": "text", "voice_id": "v", "input_text": "Hello"},
    "background": {"type": "image", "url": "https://example.com/a.png"},
}
BODIES: list[tuple[ContractName, str, dict[str, Any]]] = [
    ("did", "/talks", {"script": SCRIPT, "config": {"pad_audio": 1, "logo": True}, "user_data": "dt-1"}),
    (
        "did",
        "/clips",
        {"script": SCRIPT, "presenter_config": {"crop": {"type": "wide"}}, "background": {"color": False}},
    ),
    ("did", "/scenes", {"avatar_id": "a", "script": SCRIPT, "background": {"type": "color", "value": "#112233"}}),
    ("did", "/translations", {"source_url": "https://a.invalid/v.mp4", "languages": ["French"]}),
    ("heygen-v2", "/v2/video/generate", {"video_inputs": [SCENE], "dimension": {"width": 1280, "height": 720}}),
    (
        "heygen-v3",
        "/v3/videos",
        {"type": "avatar", "avatar_id": "a", "script": "Hello", "voice_settings": {"speed": 1}},
    ),
]
VALUES = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        3,
        61.5,
        1281,
        10**9,
        "",
        "x",
        "  ",
        "#112233",
        "https://a.invalid/a.png",
        [],
        {},
        [1],
        {"a": 1},
    ]
)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_reference_leads_somewhere(name: ContractName) -> None:
    """And everything that is named is used."""
    contract = load_contract(name)
    used = {each["$ref"] for each in _objects(contract.document) if "$ref" in each}
    assert {f"#/components/schemas/{each}" for each in contract.document["components"]["schemas"]} == used
    for schema in contract.document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(("name", "path"), OPERATIONS)
def test_every_default_is_a_value_of_its_field(name: ContractName, path: str) -> None:
    """What is filled in is taken by the vendor as well."""
    body = BodySchema(name, path)
    for field, schemas in body.fields.items():
        for schema in schemas:
            resolved = load_contract(name).resolve(schema)
            if "default" in resolved and not isinstance(resolved["default"], dict):
                assert Draft202012Validator(dict(resolved)).is_valid(resolved["default"]), field


@settings(max_examples=300, deadline=None)
@given(case=st.sampled_from(BODIES), choice=st.integers(min_value=0), value=VALUES, removed=st.booleans())
def test_our_check_agrees_with_a_library(case: Any, choice: int, value: Any, removed: bool) -> None:
    """One part of a body is changed, taken away or added; both take it or neither does."""
    name, path, body = case
    changed = copy.deepcopy(body)
    places = list(_places(changed))
    holder, key = places[choice % len(places)]
    if removed and key != "odd_field":
        del holder[key]
    else:
        holder[key] = copy.deepcopy(value)
    problems = BodySchema(name, path).check(changed)
    assert (not problems) == body_validator(name, path).is_valid(changed), problems


def test_a_body_is_completed_as_the_vendor_understands_it() -> None:
    """Numbers in quotes are numbers, nulls are left out, defaults are filled in, and the given body stays as it was."""
    given_body = {"script": SCRIPT | {"provider": {"voice_id": "Sara"}}, "config": {"pad_audio": "1.5"}, "name": None}
    before = copy.deepcopy(given_body)
    completed, problems = BodySchema("did", "/talks").complete(given_body)
    assert (problems, given_body) == ([], before)
    assert completed["script"]["provider"] == {"type": "microsoft", "voice_id": "Sara"}
    assert (completed["config"]["pad_audio"], completed["config"]["stitch"]) == (1.5, False)
    assert "name" not in completed


def test_a_problem_gives_its_path_and_a_plain_reason() -> None:
    """For the sentence that a person reads."""
    body = {"script": {"type": "text", "input": "Hi"}, "config": {"pad_audio": 61, "odd": 1}, "persist": "yes"}
    found = {each.path: each.reason for each in BodySchema("did", "/talks").check(body)}
    assert found == {
        "script.input": "must have at least 3 characters",
        "config.pad_audio": "must be at most 60",
        "config.odd": "is not a known field",
        "persist": "must be true or false",
    }


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(each)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a body where something stands, and one in each object where nothing does."""
    for key in node if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])
    if isinstance(node, dict):
        yield node, "odd_field"
