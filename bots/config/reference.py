"""The reference of every key, made from the models: `python -m bots.config.reference > docs/document.md`."""

import json
import sys
from collections.abc import Iterator

from bots.config.cross import LEGAL_SOURCES
from bots.config.schema import json_schema
from bots.config.wording import Node, expected, resolve
from strategies.params import Params
from strategies.registry import entry_class, entry_names, exit_class, exit_names

HEAD = """\
# The document

One JSON file says all that a bot needs to know. Unknown keys are errors; what is left out has the default given here.
Only `trading.symbol` and the strategy's two names have none, so this is a complete bot, on a simulated market:

```json
{
  "trading": {"symbol": "BTCUSDT"},
  "strategy": {
    "entry_logic": {"name": "RSIBBEntryMixin"},
    "exit_logic": {"name": "ATRExitMixin"}
  }
}
```

`tradingbot validate FILE` names every fault and what would be right; `tradingbot schema` prints the schema by which
editors complete and check documents (name its file in the first line, as in `configs/`:
`"$schema": "./schema/tradingbot.schema.json"`).

Secrets never stand in a document. They come from the environment: `BINANCE_API_KEY`, `BINANCE_API_SECRET`,
`TELEGRAM_BOT_TOKEN`, `TELEGRAM_CHAT_IDS`, `SMTP_HOST`, `SMTP_PORT`, `SMTP_USER`, `SMTP_PASSWORD`, `EMAIL_FROM`,
`EMAIL_TO` ([being told](notifications.md)).

This page is made from the code: `python -m bots.config.reference > docs/document.md`.
"""


def reference() -> str:
    """Return docs/document.md."""
    schema = json_schema()
    parts = [HEAD, "## Keys\n", *_table(_keys(schema, schema))]
    parts += ["## Which broker goes with which data\n", *_pairs()]
    parts += ["## Entries\n", "Each parameter may also be written with `e_` before its name.\n"]
    for name in entry_names():
        parts += _rule(name, entry_class(name).params_model, schema)
    parts += ["## Exits\n", "Each parameter may also be written with `x_` before its name.\n"]
    for name in exit_names():
        parts += _rule(name, exit_class(name).params_model, schema)
    return "\n".join(parts).rstrip() + "\n"


def _keys(node: Node, root: Node, above: str = "") -> Iterator[tuple[str, Node, Node, bool]]:
    for key, child in node["properties"].items():
        inner = resolve(child, root)
        if "properties" in inner:
            yield from _keys(inner, root, f"{above}{key}.")
        else:
            yield f"{above}{key}", child, root, key in node.get("required", ())


def _rule(name: str, model: type[Params], root: Node) -> Iterator[str]:
    node = root["$defs"][model.__name__]
    yield f"### {name}\n"
    rows = []
    for key in model.model_fields:
        others = [other for other, field in model.aliases.items() if field == key]
        rows.append((", ".join([key, *others]), node["properties"][key], root, False))
    yield from _table(iter(rows))


def _table(rows: Iterator[tuple[str, Node, Node, bool]]) -> Iterator[str]:
    yield "| Key | Values | Default | Meaning |"
    yield "| --- | --- | --- | --- |"
    for key, node, root, required in rows:
        default = "required" if required else _default(node)
        cells = (f"`{key}`", expected(node, root), default, node.get("description", ""))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _default(node: Node) -> str:
    return f"`{json.dumps(node['default'])}`" if "default" in node else "`{}`"


def _pairs() -> Iterator[str]:
    yield "| broker.type | data.data_source |"
    yield "| --- | --- |"
    for broker, sources in LEGAL_SOURCES.items():
        yield f"| `{broker}` | {', '.join(f'`{source}`' for source in sources)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(reference())
