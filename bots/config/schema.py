"""The JSON Schema of documents, by which editors complete and check them."""

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bots.config.cross import LEGAL_SOURCES
from bots.config.document import Document
from bots.config.parameters import params_schema
from bots.config.wording import Node
from strategies.params import Params
from strategies.registry import CUSTOM, entry_class, entry_names, exit_class, exit_names

ID = "https://tradingbots.dev/schema/tradingbot.schema.json"


class Generator(GenerateJsonSchema):
    """Decimals are plain numbers in documents, and pydantic's titles only repeat the keys."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Return a number with its bounds."""
        bounded: JsonSchemaValue = {"type": "number"}
        self.update_with_validations(bounded, schema, self.ValidationsMapping.numeric)
        return {key: number(value) for key, value in bounded.items()}

    def encode_default(self, dft: Any) -> Any:
        """Return a default as documents write it."""
        return number(dft) if isinstance(dft, Decimal) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False


def number(value: object) -> object:
    """Turn a decimal into the number of JSON that is written the same."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


@cache
def _schema() -> Node:
    schema = Document.model_json_schema(by_alias=True, schema_generator=Generator)
    definitions = schema["$defs"]
    definitions["EntryLogic"] |= _choice(definitions, {name: entry_class(name).params_model for name in entry_names()})
    definitions["EntryLogic"]["properties"]["name"] = _enum(definitions["EntryLogic"], entry_names())
    definitions["ExitLogic"] |= _choice(definitions, {name: exit_class(name).params_model for name in exit_names()})
    definitions["ExitLogic"]["properties"]["name"] = _enum(definitions["ExitLogic"], exit_names())
    definitions["Strategy"]["allOf"] = [
        {
            "if": {"properties": {"type": {"const": CUSTOM}}},
            "then": {"required": ["entry_logic", "exit_logic"], "properties": {"params": {"maxProperties": 0}}},
            "else": {"properties": {"entry_logic": {"type": "null"}, "exit_logic": {"type": "null"}}},
        }
    ]
    definitions["Data"]["allOf"] = _by_source()
    schema |= {"allOf": _pairs(), "title": "Trading bot", "$id": ID}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of documents, the parameters of every known entry and exit included.

    What a schema cannot say (symbols that agree, time zones that exist) is left to validation.
    """
    return deepcopy(_schema())


def _enum(logic: Node, names: tuple[str, ...]) -> Node:
    return {"enum": list(names), "type": "string", "description": logic["properties"]["name"]["description"]}


def _choice(definitions: Node, models: Mapping[str, type[Params]]) -> Node:
    """Return the conditions by which each name brings its own parameters."""
    branches = []
    for name, model in models.items():
        definitions[model.__name__] = params_schema(model)
        branches.append(
            {
                "if": {"properties": {"name": {"const": name}}, "required": ["name"]},
                "then": {"properties": {"params": {"$ref": f"#/$defs/{model.__name__}"}}},
            }
        )
    return {"allOf": branches}


def _by_source() -> list[Node]:
    """Return the keys that belong to some sources only. An absent data_source is `mock`, hence no `required` there."""
    return [
        {
            "if": {"properties": {"data_source": {"const": "replay"}}, "required": ["data_source"]},
            "then": {"required": ["file"], "properties": {"file": {"type": "string"}}},
            "else": {"properties": {"file": {"type": "null"}}},
        },
        {
            "if": {"properties": {"data_source": {"enum": ["mock", "replay"]}}},
            "else": {"properties": {"speed": {"const": 1}}},
        },
        {
            "if": {"properties": {"data_source": {"const": "mock"}}},
            "else": {"properties": {"seed": {"const": 1}}},
        },
    ]


def _pairs() -> list[Node]:
    """Return which broker goes with which source; the default source, mock, goes with the default broker only."""
    return [
        {
            "if": {
                "properties": {"broker": {"properties": {"type": {"const": broker}}, "required": ["type"]}},
                "required": ["broker"],
            },
            "then": {
                "properties": {
                    "data": {"properties": {"data_source": {"enum": list(sources)}}, "required": ["data_source"]}
                },
                "required": ["data"],
            },
        }
        for broker, sources in LEGAL_SOURCES.items()
        if broker != "mock"
    ]
