"""What a bot says of itself over HTTP, as far as the operator needs it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bots.trading.halts import HaltMode

UNKNOWN = "unknown"
"""Position of a bot that was stopped without being able to say what it held."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A bot's status at one moment; amounts as text, in `currency`, as a person reads them."""

    position: str
    equity: str
    profit: str
    currency: str
    trades: int
    last_bar: str | None
    halt: str | None
    halt_mode: HaltMode | None
    open_orders: tuple[str, ...]
    ready: bool
    reasons: tuple[str, ...]
    bot: str = ""

    @property
    def halt_closes(self) -> bool:
        """Say whether it is halted so that it closes what it holds."""
        return self.halt_mode is HaltMode.CLOSE_POSITIONS

    @property
    def flat(self) -> bool:
        """Say whether nothing is held and nothing is on its way."""
        return self.position == "0" and not self.open_orders


def read_answer(told: Mapping[str, Any]) -> Answer:
    """Read a bot's /status; raises KeyError, TypeError or ValueError where it is none."""
    broker, halt = told["broker_status"], told["halt"]
    return Answer(
        position=plain(told["position"]["quantity"]),
        equity=f"{broker['equity']:.2f}",
        profit=f"{broker['equity'] - broker['initial_balance']:.2f}",
        currency=broker["currency"],
        trades=int(told["trades"]),
        last_bar=told["data_feed_status"]["last_bar"],
        halt=None if halt is None else f"{halt['limit']}: {halt['detail']}",
        halt_mode=None if halt is None else _mode(halt.get("mode")),
        open_orders=tuple(broker["open_orders"]),
        ready=bool(told["ready"]),
        reasons=tuple(told["reasons"]),
        bot=str(told["bot"]),
    )


def _mode(told: str | None) -> HaltMode:
    # Of a mode that this release does not know only so much is sure.
    return HaltMode(told) if told in tuple(HaltMode) else HaltMode.BLOCK_ENTRIES


def plain(quantity: float) -> str:
    """Write a quantity without an exponent and without noughts at its end."""
    text = f"{Decimal(str(quantity)):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
