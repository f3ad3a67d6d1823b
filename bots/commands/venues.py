"""Which bars from where: what the commands `feed`, `check` and `download` are told on the command line."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from adapters.feeds import BrokerSettings, Endpoints, FeedSettings
from adapters.live.source import LiveSource
from adapters.registry import FEEDS, SOURCES, open_source
from bots.config.market import SECONDS
from bots.config.types import SYMBOL
from bots.config.wording import listed, near, shown
from strategies.errors import UnknownNameError

USUAL_SYMBOLS = {"binance": "BTCUSDT", "yahoo": "AAPL", "ibkr": "AAPL"}
"""What each source surely has."""
_WORLDS = {"binance": ("live", "testnet", "demo")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Bars of one length of one symbol from one venue, and where the venue is looked for."""

    source: str
    symbol: str
    interval: str
    environment: str = "live"
    endpoints: Endpoints = field(default_factory=Endpoints)
    client_id: int | None = None

    def __str__(self) -> str:
        return f"{self.source} {self.symbol} {self.interval}"

    @property
    def length(self) -> timedelta:
        """The length of a bar."""
        return interval_length(self.interval)

    @property
    def feed_settings(self) -> FeedSettings:
        """The settings of the source; there is no document that could say more."""
        return FeedSettings(
            symbol=self.symbol,
            interval=self.length,
            commission=Decimal(0),
            environment=self.environment,
            endpoints=self.endpoints,
            client_id=self.client_id,
        )

    @property
    def broker_settings(self) -> BrokerSettings:
        """The settings of the broker of the same venue, for looking at it."""
        return BrokerSettings(
            bot="check",
            symbol=self.symbol,
            commission=Decimal(0),
            environment=self.environment,
            endpoints=self.endpoints,
            client_id=self.client_id,
        )


def open_wanted(wanted: Wanted) -> LiveSource:
    """Return the source of what is wanted; it has opened no connection yet.

    Raises
    ------
    UnknownNameError
        If there is no such source, symbol, interval or environment.
    VenueRefusedError
        If the source has no bars of that length.
    """
    if wanted.source not in SOURCES:
        hint = near(wanted.source, SOURCES)
        raise UnknownNameError(f"no venue is called {shown(wanted.source)}; there are: {', '.join(SOURCES)}{hint}")
    if not re.fullmatch(SYMBOL, wanted.symbol):
        upper = wanted.symbol.upper()
        remedy = f"write {shown(upper)}" if re.fullmatch(SYMBOL, upper) else "write it like BTCUSDT, AAPL or EUR.USD"
        raise UnknownNameError(f"{shown(wanted.symbol)} is no symbol; {remedy}")
    worlds = _WORLDS.get(wanted.source, ("live",))
    if wanted.environment not in worlds:
        raise UnknownNameError(f"{wanted.source} has no {wanted.environment} environment, only {listed(worlds)}")
    return open_source(wanted.source, wanted.feed_settings)


def interval_length(interval: str) -> timedelta:
    """Return how long the bars of an interval are.

    Raises
    ------
    UnknownNameError
        If no interval is called so.
    """
    if interval not in SECONDS:
        raise UnknownNameError(f"no interval is called '{interval}'; there are: {', '.join(SECONDS)}")
    return timedelta(seconds=SECONDS[interval])


def names_of_sources(*, watched: bool = False) -> list[str]:
    """Return the names of all venues, and with `watched` of every source whose bars can be looked at."""
    return [*SOURCES, *(name for name in FEEDS if watched and name == "mock")]


def names_of_intervals() -> list[str]:
    """Return the names of all lengths of bars, the shortest first."""
    return list(SECONDS)
