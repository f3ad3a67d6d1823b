"""Which data sources and brokers there are. Names modules, imports them only when they are asked for."""

from importlib import import_module

from adapters.feeds import Feed, FeedSettings
from strategies.errors import UnknownNameError

FEEDS = {"mock": "adapters.simulated:mock", "replay": "adapters.simulated:replay"}
BROKERS = {"mock": "adapters.mock_broker"}


def open_feed(name: str, settings: FeedSettings) -> Feed:
    """Return the data source of that name, ready to be put into a node."""
    if name not in FEEDS:
        raise UnknownNameError(f"data source '{name}' is not built into this version yet; it has: {', '.join(FEEDS)}")
    module, _, function = FEEDS[name].partition(":")
    feed: Feed = getattr(import_module(module), function)(settings)
    return feed


def check_broker(name: str) -> None:
    """Raise UnknownNameError unless the broker of that name is built in."""
    if name not in BROKERS:
        raise UnknownNameError(f"broker '{name}' is not built into this version yet; it has: {', '.join(BROKERS)}")
