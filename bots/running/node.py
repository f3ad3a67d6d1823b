"""Document's terms -> a live Nautilus TradingNode with the strategy in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from nautilus_trader.cache.config import CacheConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.live.config import (
    LiveExecClientConfig,
    LiveExecEngineConfig,
    LiveRiskEngineConfig,
    TradingNodeConfig,
)
from nautilus_trader.live.factories import LiveExecClientFactory
from nautilus_trader.live.node import TradingNode

from adapters.live.exec_client import Account, broker_client_factory
from adapters.mock_account import MockAccount
from adapters.mock_broker import exec_client_factory
from adapters.nautilus_quirks import PORTFOLIO, forget_trade_statistics
from adapters.nautilus_types import bar_type
from adapters.pacing import Lockstep
from adapters.paper import best_price
from bots.running.connections import Connections
from bots.trading.trader import Trader
from strategies.desk import Hooks
from strategies.strategy import RuleStrategy, RuleStrategyConfig

_CONNECTION_SECONDS = 30.0
_LATE_AT_MOST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """How a node is run: the length of its bars, the history it asks for, and where Nautilus' own words go.

    They go to its file, with `debug` all of them, and then to the console too unless that is one of JSON lines.
    """

    interval: timedelta
    history_bars: int
    log_folder: Path
    log_name: str
    debug: bool = False
    json_console: bool = False


@dataclass(frozen=True, slots=True)
class LiveNode:
    """A built node and the strategy in it."""

    node: TradingNode
    strategy: RuleStrategy

    @property
    def trader_running(self) -> bool:
        """Say whether strategies are running: a node whose connection failed says of itself that it runs."""
        return bool(self.node.trader.is_running)

    @property
    def feed_connected(self) -> bool:
        """Say whether the data client calls itself connected."""
        return bool(self.node.kernel.data_engine.check_connected())

    @property
    def broker_connected(self) -> bool:
        """Say whether the execution client calls itself connected."""
        return bool(self.node.kernel.exec_engine.check_connected())


def build_node(
    trader: Trader,
    connected: Connections,
    settings: NodeSettings,
    hooks: Hooks,
    lockstep: Lockstep,
    ended: Callable[[], None],
) -> LiveNode:
    """Return a node, built but not started; to be called inside the running loop that it will use."""
    feed, spec = connected.feed, trader.terms.spec
    venue = feed.venue
    data_config, data_factory = feed.data_client(lockstep, ended, connected.feed_line)
    node = TradingNode(
        TradingNodeConfig(
            trader_id=f"BOT-{trader.terms.bot}",
            logging=_logging(settings),
            cache=CacheConfig(bar_capacity=2),
            portfolio=PORTFOLIO,
            # The bot's own risk rules have decided before an order is made.
            risk_engine=LiveRiskEngineConfig(bypass=True),
            # The journal is the truth, compared with the venue before a node is built; an order that takes long is
            # asked for by its client, and not taken for refused.
            exec_engine=LiveExecEngineConfig(reconciliation=False, inflight_check_interval_ms=0),
            data_clients={venue: data_config},
            exec_clients={venue: LiveExecClientConfig()},
            timeout_connection=_CONNECTION_SECONDS,
            timeout_disconnection=2.0,
            timeout_post_stop=0.1,
        )
    )
    forget_trade_statistics(node.kernel.portfolio)
    strategy = RuleStrategy(
        RuleStrategyConfig(
            bar_type=bar_type(spec.symbol, venue, settings.interval),
            interval=settings.interval,
            history_bars=settings.history_bars,
            late_after=min(settings.interval / 2, _LATE_AT_MOST),
            quotes=feed.has_quotes,
        ),
        trader,
        hooks,
        connected.standing,
    )
    node.trader.add_strategy(strategy)
    node.add_data_client_factory(venue, data_factory)
    node.add_exec_client_factory(venue, _broker(trader, connected, venue))
    node.build()
    return LiveNode(node, strategy)


def _broker(trader: Trader, connected: Connections, venue: str) -> type[LiveExecClientFactory]:
    spec, book = trader.terms.spec, trader.book
    if connected.broker is not None:
        account = Account(book.cash, book.holding, spec.base, spec.quote)
        return broker_client_factory(connected.broker, account, connected.broker_line, venue)
    paper = MockAccount(spec.base, spec.quote, book.cash, book.position, trader.terms.sizing.commission)
    if connected.at_quotes:
        return exec_client_factory(paper, venue, best_price(connected.feed.last_quote, connected.feed_line))
    return exec_client_factory(paper, venue)


def _logging(settings: NodeSettings) -> LoggingConfig:
    # Nautilus' log has a file of its own: standard output belongs to what the bot tells.
    return LoggingConfig(
        log_level="DEBUG" if settings.debug and not settings.json_console else "OFF",
        log_level_file="DEBUG" if settings.debug else "WARNING",
        log_directory=str(settings.log_folder),
        log_file_name=settings.log_name,
        log_file_max_size=10_000_000,
        log_file_max_backup_count=3,
        log_colors=False,
        clear_log_file=False,
    )
