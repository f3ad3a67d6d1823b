"""The reference of spec and status, made from the models: `python -m bots.resource.reference > docs/resource.md`."""

import json
import sys
from collections.abc import Iterator

from bots.config.schema import Generator
from bots.config.wording import Node, expected, nullable, resolve
from bots.resource.names import FINALIZER, HALT, KIND, NAME_LIMIT, RESTART, SHORT_NAME, SKIP_CLOSE
from bots.resource.spec import TradingBotSpec
from bots.resource.status import columns, status_schema
from bots.resource.values import INT_OR_STRING

HEAD = f"""\
# The resource {KIND}

In a cluster a bot is a resource of the kind {KIND}, short `{SHORT_NAME}`. Its `spec.config` is the whole
[document](document.md), beside it stands how the pod is to be run:

```console
$ tradingbot manifest configs/0001.json > bot-0001.yaml
$ kubectl apply -f bot-0001.yaml
$ kubectl get tradingbots
```

`tradingbot manifest` checks the document and wraps it. The file's name gives the bot's, `0001.json` makes `bot-0001`,
unless `--name` says otherwise; `--namespace`, `--secret` and `--image` fill in those. A name begins with a small
letter, has small letters, digits and `-` after it, and {NAME_LIMIT} characters at most.

Secrets never stand in the resource. `--secret NAME` names a Secret in the bot's namespace whose keys become the bot's
environment: `BINANCE_API_KEY`, `TELEGRAM_BOT_TOKEN` and the others of the [document's page](document.md).

## What is checked, and where

The API server refuses what the definition of the resource forbids, with the same sentences as `tradingbot validate`
where it can. `kubectl apply` also refuses keys that do not exist, and so does every client that asks for strict
validation; one that does not ask gets a warning, and the unknown key is dropped. Null, where a document may have it,
means the same as a key left out.

Some faults only the operator finds: time zones that do not exist, numbers with too many decimals. Then the condition
`ConfigValid` is `False` and says why, and a bot that runs goes on as it was.

`tradingbot schema --crd` prints the definition. It knows the entries, exits and strategies of the installation that
prints it: whoever runs bots from an image with strategies of their own lets that image print the definition, and
applies it instead of the one that comes with the operator. Kubernetes 1.29 or later reads it.

This page is made from the code: `python -m bots.resource.reference > docs/resource.md`.
"""

ANNOTATIONS = f"""\
## Annotations

| Key | Meaning |
| --- | --- |
| `{HALT}` | One of the [modes](operate.md#it-must-stop-trading-now) halts the bot so; taken away, it goes on. |
| `{RESTART}` | A changed value replaces the pod, as `kubectl rollout restart` does with a Deployment's. |
| `{SKIP_CLOSE}` | `"true"` lets a deleted bot go with its position open, where `deletePolicy` is \
ClosePosition and the market is shut or the bot is dead. |

The finalizer `{FINALIZER}` keeps a bot whose `deletePolicy` is ClosePosition until its position is closed.
"""


def reference() -> str:
    """Return docs/resource.md."""
    schema = TradingBotSpec.model_json_schema(schema_generator=Generator)
    parts = [HEAD, "## spec\n", *_spec(schema), ANNOTATIONS, "## status\n", *_status()]
    parts += ["`kubectl get tradingbots` prints these; the later ones with `-o wide` only:\n", *_columns()]
    return "\n".join(parts).rstrip() + "\n"


def _spec(schema: Node) -> Iterator[str]:
    yield "| Key | Values | Default | Meaning |"
    yield "| --- | --- | --- | --- |"
    for key, node, required in _keys(schema, schema):
        default = ("none" if "." in key else "required") if required else f"`{json.dumps(node.get('default', {}))}`"
        values = "a document" if key == "config" else _values(node, schema)
        yield f"| `{key}` | {values} | {default} | {node['description']} |"
    yield ""


def _keys(node: Node, root: Node, above: str = "") -> Iterator[tuple[str, Node, bool]]:
    for key, child in node["properties"].items():
        inner = resolve(child, root)
        items = resolve(inner.get("items", {}), root)
        if "properties" in inner:
            yield from _keys(inner, root, f"{above}{key}.")
        elif "properties" in items:
            yield from _keys(items, root, f"{above}{key}[].")
        else:
            yield f"{above}{key}", child, key in node.get("required", ())


def _values(node: Node, root: Node) -> str:
    inner = resolve(node, root)
    if inner.get(INT_OR_STRING):
        return "a quantity such as 1Gi"
    if names := inner.get("propertyNames", {}).get("enum"):
        return f"quantities of {', '.join(names)}"
    if inner.get("type") == "object":
        what = "texts by their names" if inner.get("additionalProperties") is not True else "an object"
        return f"{what}, or null" if nullable(node) else what
    return expected(node, root)


def _status() -> Iterator[str]:
    yield "| Key | Meaning |"
    yield "| --- | --- |"
    for key, node in status_schema()["properties"].items():
        values = f" One of {', '.join(node['enum'])}." if "enum" in node else ""
        yield f"| `{key}` | {node['description']}{values} |"
    yield ""


def _columns() -> Iterator[str]:
    yield "| Column | Of the resource | With |"
    yield "| --- | --- | --- |"
    for column in columns():
        yield f"| {column['name']} | `{column['jsonPath']}` | {'`-o wide`' if column.get('priority') else 'always'} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(reference())
