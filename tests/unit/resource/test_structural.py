"""From pydantic's JSON Schema to the structural one that the API server takes."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from bots.resource.crd import crd
from bots.resource.structural import structural

type Node = dict[str, Any]

SCHEMA: Node = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
ALLOWED = {
    "type", "description", "properties", "required", "items", "additionalProperties", "enum", "pattern", "format",
    "nullable", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems",
    "maxItems", "minProperties", "maxProperties", "multipleOf", "anyOf",
}  # fmt: skip


def nodes(node: Node, place: str = "") -> Iterator[tuple[str, Node]]:
    """Go through a structural schema; what stands under anyOf only judges values and is no node of its own."""
    yield place, node
    for key, inner in node.get("properties", {}).items():
        yield from nodes(inner, f"{place}.{key}")
    for key in ("items", "additionalProperties"):
        if key in node:
            yield from nodes(node[key], f"{place}.{key}")


NODES = dict(nodes(SCHEMA))


def test_every_node_uses_only_what_the_api_server_knows() -> None:
    strange = {place: set(node) - ALLOWED for place, node in NODES.items()}
    assert {
        place: keys
        for place, left in strange.items()
        if (keys := {key for key in left if not key.startswith("x-kubernetes-")})
    } == {}


def test_every_node_has_one_type_or_says_that_it_takes_anything() -> None:
    for place, node in NODES.items():
        free = node.get("x-kubernetes-preserve-unknown-fields") or node.get("x-kubernetes-int-or-string")
        assert isinstance(node.get("type"), str) or free, place


def test_what_is_described_takes_nothing_else() -> None:
    # An unknown key beside known ones would be kept unread, and server-side apply would look at none of them.
    free = [place for place, node in NODES.items() if node.get("x-kubernetes-preserve-unknown-fields")]
    affinity = [f".spec.affinity.{key}" for key in ("nodeAffinity", "podAffinity", "podAntiAffinity")]
    assert free == affinity
    assert [place for place in free if "properties" in NODES[place]] == []


def test_alternatives_stand_only_where_the_api_server_wants_them() -> None:
    for place, node in NODES.items():
        if "anyOf" in node:
            assert node["x-kubernetes-int-or-string"], place
            assert node["anyOf"] == [{"type": "integer"}, {"type": "string"}], place


def test_exclusive_bounds_are_flags_beside_the_bound() -> None:
    seen = set()
    for place, node in NODES.items():
        for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if flag in node:
                seen.add(flag)
                assert node[flag] is True, place
                assert bound in node, place
    assert seen == {"exclusiveMinimum", "exclusiveMaximum"}


def test_nothing_is_set_by_the_api_server_itself() -> None:
    assert [place for place, node in NODES.items() if "default" in node] == []


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [("string", {"maxLength", "enum", "format"}), ("array", {"maxItems"}), ("additionalProperties", {"maxProperties"})],
)
def test_everything_is_bounded(kind: str, bounds: set[str]) -> None:
    unbounded = [
        place
        for place, node in NODES.items()
        if (node.get("type") == kind or kind in node)
        and not bounds & set(node)
        and place not in (".apiVersion", ".kind")
    ]
    assert unbounded == []


class Inner(BaseModel):
    """A part."""

    depth: Annotated[int, Field(gt=0, le=9)] = 3


class Odd(BaseModel):
    """All that a stranger's parameters may be."""

    inner: Inner
    either: int | str = 1
    maybe: Inner | None = None
    always: Literal["a"] = "a"
    words: list[str] = Field(default_factory=list)
    pair: tuple[int, str] = (1, "a")
    mapping: dict[str, float] = Field(default_factory=dict)
    anything: Any = None
    free: dict[str, Any] = Field(default_factory=dict)
    name: str = ""
    narrow: Annotated[float, Field(ge=0, gt=1)] = 2.0


@pytest.fixture
def odd() -> dict[str, Node]:
    schema = Odd.model_json_schema()
    properties: dict[str, Node] = structural(schema, schema)["properties"]
    return properties


def test_a_reference_is_written_out(odd: dict[str, Node]) -> None:
    depth = odd["inner"]["properties"]["depth"]
    assert depth == {
        "type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 9, "description": "Default: 3.",
    }  # fmt: skip


def test_null_becomes_a_flag(odd: dict[str, Node]) -> None:
    assert odd["maybe"]["nullable"] is True
    assert odd["maybe"]["properties"].keys() == {"depth"}


def test_what_has_no_one_type_takes_anything(odd: dict[str, Node]) -> None:
    free = {"x-kubernetes-preserve-unknown-fields": True}
    assert free.items() <= odd["either"].items()
    assert free.items() <= odd["anything"].items()
    assert free.items() <= odd["pair"]["items"].items()
    assert {"type": "object", **free}.items() <= odd["free"].items()


def test_a_constant_is_the_only_value_of_its_kind(odd: dict[str, Node]) -> None:
    assert odd["always"]["enum"] == ["a"]
    assert odd["always"]["type"] == "string"


def test_what_has_no_bound_gets_one(odd: dict[str, Node]) -> None:
    assert odd["name"]["maxLength"] == 4096
    assert odd["words"]["maxItems"] == 100
    assert odd["mapping"]["maxProperties"] == 100


def test_of_two_bounds_the_narrower_counts(odd: dict[str, Node]) -> None:
    assert (odd["narrow"]["minimum"], odd["narrow"]["exclusiveMinimum"]) == (1, True)


def test_a_rule_stands_at_its_model_or_at_its_key() -> None:
    schema = Odd.model_json_schema()
    made = structural(schema, schema, {"Inner": [{"rule": "true"}], "Odd.words": [{"rule": "false"}]})
    assert made["properties"]["inner"]["x-kubernetes-validations"] == [{"rule": "true"}]
    assert made["properties"]["maybe"]["x-kubernetes-validations"] == [{"rule": "true"}]
    assert made["properties"]["words"]["x-kubernetes-validations"] == [{"rule": "false"}]
