"""The text protocol of TWS at server version 176: frames, and what each message of a client must consist of."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass

SERVER_VERSION = 176
MOST_BYTES = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Message:
    """A client's message, every field by its name."""

    name: str
    values: dict[str, str]

    def __getitem__(self, field: str) -> str:
        return self.values[field]


class BadMessageError(Exception):
    """A message that TWS would not take; `fatal` if it then hangs up."""

    def __init__(self, text: str, *, number: int = -1, code: int = 320, fatal: bool = False) -> None:
        self.number, self.code, self.fatal = number, code, fatal
        super().__init__(text)


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Return the next message."""
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    if length > MOST_BYTES:
        raise BadMessageError(f"a message of {length} bytes", code=507, fatal=True)
    return await reader.readexactly(length)


def frame(*fields: object) -> bytes:
    """Return a message for a client."""
    text = b"".join(str(field).encode() + b"\0" for field in fields)
    return struct.pack(">I", len(text)) + text


def parse(raw: bytes) -> Message:
    """Return a client's message; raise BadMessageError unless it has exactly the fields that it must have."""
    text = raw.decode("ascii")
    if not text.endswith("\0"):
        raise BadMessageError("a message whose last field does not end", code=507, fatal=True)
    fields = text.split("\0")[:-1]
    if fields[0] not in LAYOUTS:
        raise BadMessageError(f"Unknown message id {fields[0]}", code=505, fatal=True)
    name, layout = LAYOUTS[fields[0]]
    number = next((position for position, field in enumerate(layout) if field.startswith("id:")), None)
    asked = int(fields[1 + number]) if number is not None and len(fields) > 1 + number else -1
    if len(fields) != 1 + len(layout):
        raise BadMessageError(f"{name} has {len(fields) - 1} fields instead of {len(layout)}", number=asked, fatal=True)
    values = {}
    for field, value in zip(layout, fields[1:], strict=True):
        kind, _, label = field.rpartition(":")
        if not KINDS[kind](value):
            raise BadMessageError(f"{name}: {label} is '{value}'", number=asked)
        values[label] = value
    return Message(name, values)


def _is_int(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _is_number(text: str) -> bool:
    whole, _, part = text.removeprefix("-").partition(".")
    return (whole or part) != "" and (whole + part).isdecimal()


KINDS: dict[str, Callable[[str], bool]] = {
    "": lambda text: True,
    "id": _is_int,
    "int": _is_int,
    "float": _is_number,
    "int?": lambda text: not text or _is_int(text),
    "float?": lambda text: not text or _is_number(text),
    "bool": lambda text: text in ("0", "1"),
    "empty": lambda text: not text,
    "1": lambda text: text == "1",
    "2": lambda text: text == "2",
    "3": lambda text: text == "3",
    "8": lambda text: text == "8",
}

_CONTRACT = (
    "int:con_id", "symbol", "sec_type", "expiry", "float:strike", "right", "multiplier", "exchange", "primary",
    "currency", "local_symbol", "trading_class",
)  # fmt: skip
_ORDER = (
    "id:order_id", *_CONTRACT, "sec_id_type", "sec_id", "action", "float:quantity", "type", "float?:limit",
    "float?:aux", "tif", "oca_group", "account", "open_close", "int:origin", "ref", "bool:transmit", "int:parent",
    "bool:block", "bool:sweep", "int:display", "int:trigger_method", "bool:outside_rth", "bool:hidden",
    "empty:shares_allocation", "float?:discretionary", "good_after", "good_till", "fa_group", "fa_method",
    "fa_percentage", "fa_profile", "model", "int:short_slot", "location", "int:exempt", "int:oca_type", "rule80a",
    "settling_firm", "bool:all_or_none", "int?:min_quantity", "float?:percent_offset", "bool:etrade_only",
    "bool:firm_quote_only", "float?:nbbo_cap", "int:auction", "float?:starting_price", "float?:stock_ref",
    "float?:delta", "float?:range_lower", "float?:range_upper", "bool:override", "float?:volatility",
    "int?:volatility_type", "delta_neutral_type", "float?:delta_neutral_aux", "bool:continuous", "int?:reference_type",
    "float?:trail_stop", "float?:trailing_percent", "int?:scale_init", "int?:scale_subs", "float?:scale_increment",
    "scale_table", "active_start", "active_stop", "empty:hedge_type", "bool:opt_out", "clearing_account",
    "clearing_intent", "bool:not_held", "bool:delta_neutral", "empty:algo", "algo_id", "bool:what_if", "misc",
    "bool:solicited", "bool:randomize_size", "bool:randomize_price", "int:conditions", "adjusted_type",
    "float?:trigger_price", "float?:limit_offset", "float?:adjusted_stop", "float?:adjusted_stop_limit",
    "float?:adjusted_trailing", "int:adjustable_unit", "ext_operator", "tier_name", "tier_value", "float?:cash",
    "mifid_maker", "mifid_algo", "mifid_trader", "mifid_execution", "bool:no_auto_hedge", "bool:oms",
    "bool:discretionary_limit", "use_price_management", "int?:duration", "int?:post_to_ats", "bool:cancel_parent",
    "error_override", "manual_time",
)  # fmt: skip
LAYOUTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "3": ("placeOrder", _ORDER),
    "4": ("cancelOrder", ("1:version", "id:order_id", "manual_time")),
    "5": ("reqOpenOrders", ("1:version",)),
    "6": ("reqAccountUpdates", ("2:version", "bool:subscribe", "account")),
    "7": (
        "reqExecutions",
        ("3:version", "id:number", "int:client_id", "account", "time", "symbol", "sec_type", "exchange", "side"),
    ),
    "8": ("reqIds", ("1:version", "int:count")),
    "9": (
        "reqContractDetails",
        ("8:version", "id:number", *_CONTRACT, "bool:expired", "sec_id_type", "sec_id", "issuer"),
    ),
    "16": ("reqAllOpenOrders", ("1:version",)),
    "17": ("reqManagedAccts", ("1:version",)),
    "20": (
        "reqHistoricalData",
        (
            "id:number", *_CONTRACT, "bool:expired", "end", "size", "duration", "bool:rth", "shows", "int:format",
            "bool:keep", "options",
        ),
    ),
    "25": ("cancelHistoricalData", ("1:version", "id:number")),
    "49": ("reqCurrentTime", ("1:version",)),
    "50": ("reqRealTimeBars", ("3:version", "id:number", *_CONTRACT, "int:size", "shows", "bool:rth", "options")),
    "51": ("cancelRealTimeBars", ("1:version", "id:number")),
    "59": ("reqMarketDataType", ("1:version", "int:type")),
    "61": ("reqPositions", ("1:version",)),
    "62": ("reqAccountSummary", ("1:version", "id:number", "group", "tags")),
    "63": ("cancelAccountSummary", ("1:version", "id:number")),
    "64": ("cancelPositions", ("1:version",)),
    "71": ("startApi", ("2:version", "int:client_id", "capabilities")),
    "76": ("reqAccountUpdatesMulti", ("1:version", "id:number", "account", "model", "bool:ledger")),
    "77": ("cancelAccountUpdatesMulti", ("1:version", "id:number")),
    "99": ("reqCompletedOrders", ("bool:api_only",)),
}  # fmt: skip
