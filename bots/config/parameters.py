"""Parameters of rules as documents may spell them: their schema, and their faults in a person's words."""

from collections.abc import Mapping
from functools import cache
from itertools import combinations
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from bots.config.faults import explain
from bots.config.types import told
from bots.config.wording import Node
from strategies.params import Params


@cache
def params_schema(model: type[Params]) -> Node:
    """Return the schema of one rule's parameters: every spelling is a key, and no two of one parameter go together."""
    # By Params' own contract faults are reported under the name that the author wrote, hence a property for each.
    own = model.model_json_schema()
    spellings = model.spellings()
    properties: dict[str, Any] = {}
    for name, field in spellings.items():
        node = {key: value for key, value in own["properties"][field].items() if key != "title"}
        properties[name] = node if name == field else {**node, "description": f"The same as {field}."}
    clashes = [
        {"not": {"required": list(pair)}}
        for pair in combinations(spellings, 2)
        if spellings[pair[0]] == spellings[pair[1]]
    ]
    schema: Node = {"type": "object", "properties": properties, "additionalProperties": False}
    if "description" in own:
        schema["description"] = own["description"]
    return {**schema, "allOf": clashes} if clashes else schema


def params_faults(model: type[Params], params: Mapping[str, object]) -> list[InitErrorDetails]:
    """Return all that is wrong with a rule's parameters, placed below `params`."""
    try:
        model.model_validate(params)
    except ValidationError as error:
        return told_again(error, params_schema(model))
    return []


def told_again(error: ValidationError, schema: Node | None = None) -> list[InitErrorDetails]:
    """Return a rule's faults in a person's words, placed below `params`."""
    return [told(("params", *place), sentence) for place, sentence in explain(error, schema or {})]
