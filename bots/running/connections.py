"""What a bot is connected to: its feed, its broker, and how both lines are."""

import os
from dataclasses import dataclass, field

from adapters.feeds import Feed
from adapters.live.broker import LiveBroker
from adapters.live.line import Line
from adapters.registry import is_live, open_broker
from bots.config import Document
from bots.trading.orders import OrderIntent
from bots.trading.terms import broker_settings
from strategies.errors import StartError

ALLOW_LIVE = "TRADINGBOT_ALLOW_LIVE"


@dataclass(slots=True)
class Connections:
    """One life's connections; `broker` is None where orders do not leave the machine.

    `at_quotes` says that paper orders are filled at the feed's best prices and not at those written on them;
    `standing` are the orders of earlier runs that are at the venue.
    """

    feed: Feed
    feed_line: Line
    broker: LiveBroker | None
    broker_line: Line
    at_quotes: bool = False
    standing: list[OrderIntent] = field(default_factory=list)

    async def close(self) -> None:
        """Let go of the network."""
        await self.feed.close()
        if self.broker is not None:
            await self.broker.close()


def connections(document: Document, bot: str, feed: Feed, feed_line: Line, broker_line: Line) -> Connections:
    """Return a document's connections, none of them open yet."""
    kind = document.broker.type
    broker = open_broker(kind, broker_settings(document, bot)) if is_live(kind) else None
    return Connections(feed, feed_line, broker, broker_line, at_quotes=kind == "binance_paper")


def refuse_real_money(document: Document, bot: str) -> None:
    """Refuse to trade with real money unless the environment says that it is meant.

    Raises
    ------
    StartError
        If it does not.
    """
    kind = document.broker.type
    if is_live(kind) and open_broker(kind, broker_settings(document, bot)).real_money:
        must_be_allowed()


def must_be_allowed() -> None:
    """Refuse to go on unless the environment allows real money.

    Raises
    ------
    StartError
        If it does not.
    """
    if os.environ.get(ALLOW_LIVE, "").strip().lower() != "yes":
        raise StartError(
            f"this document trades with real money: set {ALLOW_LIVE}=yes beside the broker's keys if that is meant, or "
            "use a paper broker (broker.type binance_paper or mock)"
        )
