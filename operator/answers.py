"""What a bot says of itself over HTTP, as far as the operator needs it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from bots.config.wording import one_line
from bots.trading.halts import HaltMode

UNKNOWN = "unknown"
"""Position of a bot that was stopped without being able to say what it held."""
_LARGEST = 1e30
_LONGEST = 1000


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
    on_paper: bool = False
    """Whether its new entries go to paper, since its real broker stays away."""

    @property
    def halt_closes(self) -> bool:
        """Say whether it is halted so that it closes what it holds."""
        return self.halt_mode is HaltMode.CLOSE_POSITIONS

    @property
    def flat(self) -> bool:
        """Say whether nothing is held and nothing is on its way."""
        return self.position == "0" and not self.open_orders


def read_answer(told: Mapping[str, Any]) -> Answer:
    """Read a bot's /status; raises KeyError, TypeError or ValueError where it is none.

    Any image may answer here: what it says is taken for figures and short lines, or not at all.
    """
    broker, halt = told["broker_status"], told["halt"]
    equity = _number(broker["equity"])
    return Answer(
        position=plain(_number(told["position"]["quantity"])),
        equity=f"{equity:.2f}",
        profit=f"{equity - _number(broker['initial_balance']):.2f}",
        currency=_line(broker["currency"]),
        trades=int(_number(told["trades"])),
        last_bar=_time(told["data_feed_status"]["last_bar"]),
        halt=None if halt is None else _line(f"{halt['limit']}: {halt['detail']}"),
        halt_mode=None if halt is None else _mode(halt.get("mode")),
        open_orders=tuple(_line(order) for order in broker["open_orders"]),
        ready=bool(told["ready"]),
        reasons=tuple(_line(reason) for reason in told["reasons"]),
        bot=str(told["bot"]),
        on_paper=told.get("fallback") is not None,
    )


def _number(told: object) -> float:
    # A text of ten letters may be a number of a thousand million digits.
    if isinstance(told, bool) or not isinstance(told, int | float) or not -_LARGEST < told < _LARGEST:
        raise ValueError("not a number that a bot tells")
    return told


def _line(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError("not a text")
    return one_line(told[:_LONGEST])


def _time(told: str | None) -> str | None:
    if told is not None:
        datetime.fromisoformat(told)
    return told


def _mode(told: str | None) -> HaltMode:
    # Of a mode that this release does not know only so much is sure.
    return HaltMode(told) if told in tuple(HaltMode) else HaltMode.BLOCK_ENTRIES


def plain(quantity: float) -> str:
    """Write a quantity without an exponent and without noughts at its end."""
    text = f"{Decimal(str(quantity)):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
