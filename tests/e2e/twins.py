"""Two bots of one document on one simulated market: what befalls the one must not be seen in its trades.

The market gives both the same bars and waits for whoever is away, so a position forgotten, an order doubled or a
counter lost makes the trades of the two differ.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.e2e.bots import Bot, document
from tests.e2e.waiting import NotYetError

# Enters within a few bars and never leaves by itself: a position to be kept.
HOLDING = document(strategy={"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100_000}}})
BUSY = document(
    data={"speed": 300},
    strategy={"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 3}}},
    risk_management={"max_daily_trades": 40, "stop_loss_pct": 1.0},
)


@dataclass(frozen=True, slots=True)
class Holding:
    """What a bot that holds a position must still know after whatever befell it."""

    position: float
    entry: tuple[Any, ...]
    entries_today: int
    cash: float


def holding(bot: Bot) -> Holding:
    """Return what a bot holds; NotYetError where it holds nothing (yet, or any more)."""
    told = bot.told()
    lots = told["position"]["lots"]
    if not lots:
        raise NotYetError(f"{bot.name} holds nothing")
    return Holding(
        position=told["position"]["quantity"],
        entry=tuple((lot["lot"], lot["entry_price"], lot["entry_bar"]) for lot in lots),
        entries_today=told["today"]["entries"],
        cash=told["broker_status"]["cash"],
    )


class Twins:
    """A busy bot and its undisturbed twin, and a third that holds a position.

    Parameters
    ----------
    new_bot : callable
        The fixture that takes a bot by name.
    """

    def __init__(self, new_bot: Callable[..., Bot]) -> None:
        self.disturbed, self.undisturbed, self.holder = new_bot("busy"), new_bot("twin"), new_bot("holder")

    def start(self) -> Holding:
        """Apply all three, and return what the holder holds once it does."""
        for bot in (self.disturbed, self.undisturbed):
            bot.apply(BUSY)
        self.holder.apply(HOLDING)
        self.holder.wait_told("a position", lambda seen: seen["position"]["lots"])
        self.disturbed.wait_traded(2)
        return holding(self.holder)

    def assert_nothing_lost_or_doubled(self, held: Holding) -> None:
        """Fail unless the holder holds what it held, and the busy bot traded as its twin did."""
        self.holder.wait_told("a running bot", lambda seen: seen["ready"])
        assert holding(self.holder) == held
        reached = self.disturbed.told()["trades"] + 3
        mine = closed_trades(self.disturbed, reached)
        theirs = closed_trades(self.undisturbed, reached)
        assert mine[:reached] == theirs[:reached]
        assert self.disturbed.doubled_orders() == self.holder.doubled_orders() == []


def closed_trades(bot: Bot, at_least: int) -> list[dict[str, Any]]:
    """Return a bot's closed trades, once there are so many."""
    bot.wait_traded(at_least)
    return [trade for trade in json.loads(bot.pod.http("/trades")[1]) if trade["exit_bar"] is not None]
