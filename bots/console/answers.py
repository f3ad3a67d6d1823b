"""What bots answer, read strictly: nobody knows what answers at a bot's address. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bots.notify.message import Identity
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent
from bots.trading.records import Trade
from strategies.errors import BotUnreachableError

_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST_PICTURE = 1_048_576

_BROKEN = (KeyError, TypeError, ValueError, AttributeError, InvalidOperation)


@dataclass(frozen=True, slots=True)
class Answer:
    """What waits at a bot, by channel; `asked` is when it was asked, by a clock that only goes forward."""

    whose: Identity
    waiting: Mapping[str, Sequence[KeptEvent]]
    asked: float


def read_outbox(told: Any, name: str, channels: Sequence[str], asked: float) -> Answer:
    """Read the answer of /outbox; `name` is what people call the bot, whatever it calls itself.

    Raises
    ------
    BotUnreachableError
        If it is none.
    """
    try:
        whose = Identity(**{key: _text(told["identity"][key]) for key in ("bot", "symbol", "mode", "base", "quote")})
        waiting = {channel: [_event(each) for each in told["waiting"].get(channel, ())] for channel in channels}
    except _BROKEN as error:
        raise BotUnreachableError(f"what answers as {name} is no bot of ours: {error!r}"[:200]) from error
    return Answer(replace(whose, bot=name), waiting, asked)


def read_trades(told: Any, name: str) -> list[Trade]:
    """Read the answer of /trades.

    Raises
    ------
    BotUnreachableError
        If it is none.
    """
    try:
        return [_trade(each) for each in told]
    except _BROKEN as error:
        raise BotUnreachableError(f"what answers as {name} is no bot of ours: {error!r}"[:200]) from error


def read_status(told: Any, name: str) -> Mapping[str, Any]:
    """Read the answer of /status.

    Raises
    ------
    BotUnreachableError
        If it is none.
    """
    if not isinstance(told, dict) or "data_feed_status" not in told:
        raise BotUnreachableError(f"what answers as {name} is no bot of ours")
    return {**told, "bot": name}


def read_log(told: Any, name: str) -> list[str]:
    """Read the answer of /logs.

    Raises
    ------
    BotUnreachableError
        If it is none.
    """
    lines = told.get("lines") if isinstance(told, dict) else None
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise BotUnreachableError(f"what answers as {name} is no bot of ours")
    return lines


def is_picture(told: bytes) -> bool:
    """Say whether the answer of /picture is one, and of a size that people can be sent."""
    return told.startswith(_PNG) and len(told) <= _LARGEST_PICTURE


def _event(told: Mapping[str, Any]) -> KeptEvent:
    number, data = told["number"], told["data"]
    if type(number) is not int or not isinstance(data, dict):
        raise ValueError("no event")
    time = datetime.fromisoformat(told["time"])
    return KeptEvent(number, Event(EventKind(told["kind"]), time, _text(told["text"]), data))


def _trade(told: Mapping[str, Any]) -> Trade:
    return Trade(
        lot=int(told["lot"]),
        entry_bar=datetime.fromisoformat(told["entry_bar"]),
        entry_price=_money(told["entry_price"]),
        quantity=_money(told["quantity"]),
        commission=_money(told["commission"]),
        exit_bar=None if told["exit_bar"] is None else datetime.fromisoformat(told["exit_bar"]),
        exit_price=None if told["exit_price"] is None else _money(told["exit_price"]),
        profit=None if told["profit"] is None else _money(told["profit"]),
        exit_reason=told["exit_reason"],
    )


def _money(told: Any) -> Decimal:
    money = Decimal(str(told))
    if not money.is_finite():
        raise ValueError("no amount")
    return money


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError("no text")
    return told
