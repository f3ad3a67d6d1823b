"""The definition of the custom resource TradingBot, made from the models of the document and of the spec."""

from functools import cache
from typing import Any

from bots.config.document import Document
from bots.config.schema import Generator
from bots.config.wording import Node
from bots.resource import logic
from bots.resource.document_rules import document_rules
from bots.resource.names import CATEGORY, GROUP, KIND, PLURAL, SHORT_NAME, SINGULAR, VERSION
from bots.resource.plain_yaml import to_yaml
from bots.resource.spec import TradingBotSpec
from bots.resource.spec_rules import name_rules, spec_rules
from bots.resource.status import columns, status_schema
from bots.resource.structural import structural
from bots.resource.values import VALIDATIONS
from strategies.registry import CUSTOM, entry_class, entry_names, exit_class, exit_names, strategy_names

HEAD = """\
# Made from the models: `tradingbot schema --crd`. Strategies of installed packages are part of it.
"""


def crd() -> dict[str, Any]:
    """Return the whole CustomResourceDefinition, as `kubectl apply` takes it."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        # Helm must not take every bot with it when the operator is uninstalled.
        "metadata": {"name": f"{PLURAL}.{GROUP}", "annotations": {"helm.sh/resource-policy": "keep"}},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": SINGULAR,
                "shortNames": [SHORT_NAME],
                "categories": [CATEGORY],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": columns(),
                    "schema": {"openAPIV3Schema": _resource()},
                }
            ],
        },
    }


def crd_yaml() -> str:
    """Return the same as a file."""
    return HEAD + to_yaml(crd())


def _resource() -> Node:
    return {
        "type": "object",
        "description": "A trading bot: one document, one pod.",
        "required": ["spec"],
        VALIDATIONS: name_rules(),
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec_schema(),
            "status": status_schema(),
        },
    }


def spec_schema() -> Node:
    """Return the schema of the spec, the document included."""
    schema = TradingBotSpec.model_json_schema(schema_generator=Generator)
    made = structural(schema, schema, spec_rules())
    made["properties"]["config"] = config_schema() | {"description": made["properties"]["config"]["description"]}
    made["properties"]["extraEnv"] |= {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
    return made


@cache
def config_schema() -> Node:
    """Return the schema of the document."""
    schema = Document.model_json_schema(by_alias=True, schema_generator=Generator)
    made = structural(schema, schema, document_rules())
    strategy = made["properties"]["strategy"]
    strategy["properties"]["type"] = _named(strategy["properties"]["type"], strategy_names())
    entries = {name: entry_class(name).params_model for name in entry_names()}
    exits = {name: exit_class(name).params_model for name in exit_names()}
    for key, models in (("entry_logic", entries), ("exit_logic", exits)):
        node = strategy["properties"][key]
        node[VALIDATIONS] = logic.rules(models)
        node["properties"]["name"] = _named(node["properties"]["name"], tuple(models))
        params = node["properties"]["params"]
        node["properties"]["params"] = {
            "type": "object",
            "description": params["description"],
            "properties": logic.union(models),
        }
    if strategy_names() == (CUSTOM,):
        strategy["properties"]["params"] = {"type": "object", "description": "Means nothing to the strategy custom."}
    else:
        # CEL sees nothing of what is preserved unread: hence these two words of the schema's own.
        strategy["anyOf"] = [
            {"properties": {"type": {"enum": list(strategy_names()[1:])}}, "required": ["type"]},
            {"properties": {"params": {"maxProperties": 0}}},
        ]
    return made


def _named(node: Node, names: tuple[str, ...]) -> Node:
    return {"type": "string", "description": node["description"], "enum": list(names)}
