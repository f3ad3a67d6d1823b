"""Which data sources and brokers there are. Names modules, imports them only when they are asked for."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from adapters.feeds import BrokerSettings, Feed, FeedSettings
from strategies.errors import UnknownNameError

if TYPE_CHECKING:
    from adapters.live.broker import LiveBroker
    from adapters.live.source import LiveSource


@dataclass(frozen=True, slots=True)
class Venue:
    """A venue on the network: where its ports are made, and on whose bars its orders may be decided.

    Bars of another venue have other prices: what is bought on them is bought too dear, or not at all.
    """

    source: str
    broker: str | None = None
    bars_from: tuple[str, ...] = ()


VENUES = {
    "binance": Venue("adapters.binance.source:source", "adapters.binance.broker:broker", ("binance",)),
    "ibkr": Venue("adapters.ibkr.source:source", "adapters.ibkr.broker:broker", ("ibkr", "yahoo")),
    "yahoo": Venue("adapters.yahoo.source:source"),
}
SOURCES = {name: venue.source for name, venue in VENUES.items()}
"""Venues that have bars."""
LIVE_BROKERS = {name: venue.broker for name, venue in VENUES.items() if venue.broker is not None}
"""Venues that take orders."""
FEEDS = {"mock": "adapters.simulated:mock", "replay": "adapters.simulated:replay"}
PAPER_BROKERS = ("mock", "binance_paper")
"""Brokers whose orders do not leave the machine."""
BROKERS = (*LIVE_BROKERS, *reversed(PAPER_BROKERS))
DATA_SOURCES = (*SOURCES, *FEEDS)


def open_feed(name: str, settings: FeedSettings) -> Feed:
    """Return the data source of that name, ready to be put into a node."""
    if name in SOURCES:
        from adapters.live.feed import LiveFeed

        return LiveFeed(settings, open_source(name, settings))
    if name not in FEEDS:
        raise UnknownNameError(f"no data source is called '{name}'; there are: {', '.join([*FEEDS, *SOURCES])}")
    module, _, function = FEEDS[name].partition(":")
    feed: Feed = getattr(import_module(module), function)(settings)
    return feed


def open_source(name: str, settings: FeedSettings) -> "LiveSource":
    """Return a source of bars on the network; it has opened no connection yet."""
    source: LiveSource = _made(SOURCES, "data source", name)(settings)
    return source


def open_broker(name: str, settings: BrokerSettings) -> "LiveBroker":
    """Return a broker on the network; it has opened no connection yet."""
    broker: LiveBroker = _made(LIVE_BROKERS, "broker", name)(settings)
    return broker


def _made(known: dict[str, str], what: str, name: str) -> Any:
    if name not in known:
        raise UnknownNameError(f"{what} '{name}' is not on the network; there are: {', '.join(known)}")
    module, _, function = known[name].partition(":")
    return getattr(import_module(module), function)


def is_live(name: str) -> bool:
    """Say whether orders to the broker of that name leave the machine.

    Raises
    ------
    UnknownNameError
        If there is no such broker.
    """
    if name not in PAPER_BROKERS and name not in LIVE_BROKERS:
        raise UnknownNameError(f"no broker is called '{name}'; there are: {', '.join([*PAPER_BROKERS, *LIVE_BROKERS])}")
    return name in LIVE_BROKERS
