"""The schema by which editors complete and check documents."""

from collections.abc import Iterator
from typing import Any

import pytest

from bots.config import json_schema
from strategies.registry import entry_class, entry_names, exit_class, exit_names

DEFINITIONS = json_schema()["$defs"]


def nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from nodes(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from nodes(inner)


def test_it_says_which_draft_and_what_it_is() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"]
    assert schema["title"]


@pytest.mark.parametrize("section", sorted(DEFINITIONS))
def test_every_key_is_described(section: str) -> None:
    for key, node in DEFINITIONS[section].get("properties", {}).items():
        assert node.get("description"), f"{section}.{key}"


def test_bounds_are_written_as_the_standard_has_them() -> None:
    for node in nodes(json_schema()):
        assert not {"gt", "ge", "lt", "le"} & set(node), node
        if node.get("type") == "number" and "default" in node:
            assert isinstance(node["default"], int | float)


def test_each_entry_and_exit_brings_its_own_parameters_in_every_spelling() -> None:
    models = [entry_class(name).params_model for name in entry_names()] + [
        exit_class(n).params_model for n in exit_names()
    ]
    for model in models:
        node = DEFINITIONS[model.__name__]
        assert set(node["properties"]) == set(model.spellings())
        assert node["additionalProperties"] is False


def test_two_spellings_of_one_parameter_are_refused() -> None:
    clashes = DEFINITIONS["RSIBBVolumeEntryParams"]["allOf"]
    assert {"not": {"required": ["rsi_period", "e_rsi_period"]}} in clashes
    assert {"not": {"required": ["oversold", "e_rsi_oversold"]}} in clashes or {
        "not": {"required": ["e_rsi_oversold", "oversold"]}
    } in clashes


def test_callers_cannot_spoil_it_for_each_other() -> None:
    json_schema()["$defs"].clear()
    assert json_schema()["$defs"]
