"""What no schema of the document can say by itself, in CEL, which the API server evaluates: what fits what."""

from collections.abc import Iterable

from bots.config.cross import LEGAL_SOURCES
from bots.config.market import MADE_SOURCES
from bots.config.types import SYMBOL
from bots.config.wording import Node, listed, shown
from strategies.registry import CUSTOM, strategy_names

# Optional values (`.?`) would be shorter, but CEL puts no bound to the length of a text that comes out of one.
SOURCE = "(has(self.data_source) ? self.data_source : 'mock')"
BROKER = "(has(self.broker) && has(self.broker.type) ? self.broker.type : 'mock')"
SOURCE_OF_DATA = "(has(self.data) && has(self.data.data_source) ? self.data.data_source : 'mock')"
TYPE = f"(has(self.type) ? self.type : '{CUSTOM}')"


def quoted(words: Iterable[str]) -> str:
    """Return a list of CEL."""
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


def rule(text: str, message: str, path: str | None = None, telling: str | None = None) -> Node:
    """Return a rule: its condition, what is said where it fails, the key that is blamed, and a message with values."""
    made: Node = {"rule": text, "message": message}
    if telling is not None:
        made["messageExpression"] = telling
    if path is not None:
        made["fieldPath"] = path
    return made


def given(holder: str, key: str) -> str:
    """Return the condition that a key is there and not null."""
    # dyn: to CEL a text that may be null is a text, which it would not compare with null.
    return f"has({holder}.{key}) && dyn({holder}.{key}) != null"


def document_rules() -> dict[str, list[Node]]:
    """Return the rules of the document by the models that they belong to."""
    return {
        "Document": [*_pairs(), *_symbols()],
        "Trading": [
            rule(
                f"self.symbol.matches('{SYMBOL}')",
                'is not as a venue writes it, must be in capitals such as "BTCUSDT"',
                ".symbol",
            )
        ],
        "Broker": [_gateways_only(key) for key in ("account", "client_id")],
        "Data": _data(),
        "Strategy": _strategy(),
        "Logging": [
            rule(
                f"!({given('self', 'log_file')}) || !self.log_file.matches('^[/~]|(^|/)[.][.](/|$)|/$|\\\\\\\\')",
                'leads out of the working directory, must be a path below it such as "logs/live/trading_bot_0001.log"',
                ".log_file",
            ),
            rule(
                f"!({given('self', 'log_file')}) || self.log_file.matches('[.][lL][oO][gG]$')",
                'has an ending that no log has, must end in ".log": it is written into and rotated away',
                ".log_file",
            ),
        ],
    }


def _gateways_only(key: str) -> Node:
    return rule(
        f"(has(self.type) ? self.type : 'mock') == 'ibkr' || !({given('self', key)})",
        'means nothing to another broker, leave it out or set broker.type to "ibkr"',
        f".{key}",
    )


def _pairs() -> Iterable[Node]:
    brokers = {
        source: listed(shown(broker) for broker, theirs in LEGAL_SOURCES.items() if source in theirs)
        for source in LEGAL_SOURCES["mock"]
    }
    others = "{" + ", ".join(f"'{source}': '{names}'" for source, names in brokers.items()) + "}"
    for broker, sources in LEGAL_SOURCES.items():
        if broker != "mock":
            wanted = f"the broker {shown(broker)}, must be {listed(map(shown, sources))}"
            yield rule(
                f"{BROKER} != '{broker}' || {SOURCE_OF_DATA} in {quoted(sources)}",
                f"does not go with {wanted}",
                ".data.data_source",
                f"""'"' + {SOURCE_OF_DATA} + '" does not go with {wanted} (or broker.type ' """
                f"""+ {others}[{SOURCE_OF_DATA}] + ')'""",
            )


def _symbols() -> Iterable[Node]:
    yield rule(
        f"!has(self.data) || !({given('self.data', 'symbol')}) || self.data.symbol == self.trading.symbol",
        "is not the symbol of trading.symbol, make them agree or leave data.symbol out",
        ".data.symbol",
    )
    yield rule(
        f"{SOURCE_OF_DATA} != 'binance' || !self.trading.symbol.matches('[.=^-]')",
        "is not as Binance writes it, only letters and digits like BTCUSDT",
        ".trading.symbol",
    )


def _data() -> list[Node]:
    made = quoted(MADE_SOURCES)
    return [
        rule(
            f"{SOURCE} != 'replay' || ({given('self', 'file')})",
            "is missing, replay needs the path of a .csv or .parquet file of bars",
            ".file",
        ),
        rule(
            f"{SOURCE} != 'replay' || !({given('self', 'file')}) || "
            "self.file.matches('[.]([cC][sS][vV]|[pP][aA][rR][qQ][uU][eE][tT])$')",
            "has an ending that replay cannot read, must be a .csv or .parquet file",
            ".file",
        ),
        rule(
            f"{SOURCE} == 'replay' || !({given('self', 'file')})",
            'means nothing to data from elsewhere, leave it out or set data_source to "replay"',
            ".file",
            f"""'means nothing to data from ' + {SOURCE} + ', leave it out or set data_source to "replay"'""",
        ),
        rule(
            f"{SOURCE} == 'mock' || !has(self.seed) || self.seed == 1",
            'means nothing to data from elsewhere, leave it out or set data_source to "mock"',
            ".seed",
            f"""'means nothing to data from ' + {SOURCE} + ', leave it out or set data_source to "mock"'""",
        ),
        rule(
            f"{SOURCE} in {made} || !has(self.speed) || self.speed == 1.0",
            "cannot be changed for data in real time: leave it out or set it to 1",
            ".speed",
            f"'cannot be changed for data from ' + {SOURCE} + ', in real time: leave it out or set it to 1'",
        ),
    ]


def _strategy() -> list[Node]:
    made = [
        rule(
            f"{TYPE} != '{CUSTOM}' || ({given('self', key)})",
            "is missing, must be an object with name and params",
            f".{key}",
        )
        for key in ("entry_logic", "exit_logic")
    ]
    if strategy_names() == (CUSTOM,):
        return made
    return made + [
        rule(
            f"{TYPE} == '{CUSTOM}' || !({given('self', key)})",
            f'means nothing to a strategy of another type, leave it out or set type to "{CUSTOM}"',
            f".{key}",
        )
        for key in ("entry_logic", "exit_logic")
    ]
