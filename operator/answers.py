"""What a bot says of itself over HTTP, as far as the operator needs it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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
    halt_closes: bool
    open_orders: tuple[str, ...]
    ready: bool
    reasons: tuple[str, ...]
    bot: str = ""

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
        halt_closes=halt is not None and halt.get("mode") == "close-positions",
        open_orders=tuple(broker["open_orders"]),
        ready=bool(told["ready"]),
        reasons=tuple(told["reasons"]),
        bot=str(told["bot"]),
    )


def plain(quantity: float) -> str:
    """Write a quantity without an exponent and without noughts at its end."""
    text = f"{Decimal(str(quantity)):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
