"""The command `tradingbot validate --build`: build every component without trading, and say what the bot would do."""

import asyncio
import os
import tempfile
from decimal import Decimal
from pathlib import Path

from adapters.feeds import Feed
from adapters.registry import SOURCES, open_feed
from bots.config import Document
from bots.journal.memory import MemoryJournal
from bots.notify.notifiers import notifiers
from bots.trading.events import plain
from bots.trading.risk import levels
from bots.trading.terms import Terms, feed_settings, terms_of
from bots.trading.trader import Trader


def describe_build(path: Path, document: Document) -> list[str]:
    """Return what the bot would do, with sizes and limits in money.

    Raises
    ------
    TradingBotError
        If a component cannot be built here.
    """
    feed = open_feed(document.data.data_source, feed_settings(document))
    terms = terms_of(document, path.stem, feed.spec)
    trader = Trader(terms, document.strategy.rules(), MemoryJournal())
    _build_node(document, trader, feed)
    strategy = document.strategy
    logics = [logic.name for logic in (strategy.entry_logic, strategy.exit_logic) if logic is not None]
    rules = " and ".join(logics) if logics else strategy.type
    return [
        f"{path}: good; every component can be built",
        f"  mode        {document.mode}",
        f"  broker      {document.broker.type}, commission {percent(document.broker.commission)}",
        f"  trades      {document.symbol} on {document.data.interval} bars from {document.data.data_source}",
        f"  rules       {rules}; first asked after {trader.rules.warm_up + 1} bars",
        f"  steps       {_steps(document, terms)}",
        *_money(terms),
        *_telling(document),
    ]


def _money(terms: Terms) -> list[str]:
    balance, quote, limits = terms.initial_balance, terms.spec.quote, terms.limits
    value = balance * terms.sizing.position_size
    lines = [
        f"  begins with {balance:.2f} {quote}",
        f"  each entry  {percent(terms.sizing.position_size)} of equity, {value:.2f} {quote} at first; "
        f"{limits.max_positions} at once",
    ]
    at = levels(limits, float(value), float(value))
    for words, level in (("stop loss", at.stop_loss), ("take profit", at.take_profit)):
        if level is not None:
            lines.append(f"  {words:<11} at {Decimal(level) - value:+.2f} {quote} of such an entry")
    if limits.trailing is not None:
        lines.append(
            f"  trailing    {limits.trailing.trailing_pct} % below the high, from {limits.trailing.activation_pct} % up"
        )
    if terms.sizing.max_exposure is not None:
        lines.append(f"  exposure    {balance * terms.sizing.max_exposure:.2f} {quote} at most, at first")
    if limits.max_daily_trades is not None:
        lines.append(f"  a day       {limits.max_daily_trades} entries at most")
    if limits.max_daily_loss is not None:
        lines.append(f"  a day       no entry after a loss of {limits.max_daily_loss} {quote}")
    if limits.max_drawdown_pct is not None:
        lost = balance * limits.max_drawdown_pct / 100
        lines.append(
            f"  drawdown    at {plain(limits.max_drawdown_pct)} % ({lost:.2f} {quote} at first) everything is closed "
            "and the bot halts"
        )
    if len(lines) == 2 and limits.max_daily_trades is None:
        lines.append("  limits      none")
    return lines


def _steps(document: Document, terms: Terms) -> str:
    spec = terms.spec
    if document.data.data_source in SOURCES:
        return f"the venue's own, asked for at the start (`tradingbot check {document.data.data_source}`)"
    return f"price {spec.price_step} {spec.quote}, size {spec.size_step} {spec.base}"


def _telling(document: Document) -> list[str]:
    """Say who is told of what, and what in the environment is still missing for that."""
    if not document.notifications.enabled:
        return ["  tells       nobody (notifications.enabled)"]
    channels, missing = notifiers(document.notifications, os.environ)
    told = [f"  tells       {channel.name} of {', '.join(sorted(channel.kinds))}" for channel in channels]
    return [*told, *(f"  tells not   {sentence}" for sentence in missing)]


def percent(fraction: Decimal) -> str:
    """Return a fraction in per cent: 0.001 as 0.1 %."""
    return f"{plain(fraction * 100)} %"


def _build_node(document: Document, trader: Trader, feed: Feed) -> None:
    """Build the node and let go of it: what cannot be built says so now and not when money waits."""
    from adapters.live.line import Line
    from adapters.pacing import Lockstep
    from bots.running.connections import connections
    from bots.running.node import LiveNode, NodeSettings, build_node
    from strategies.desk import Hooks

    async def build(folder: str) -> LiveNode:
        settings = NodeSettings(document.data.interval_delta, document.data.lookback_bars, Path(folder), "build")
        feed_line, broker_line = Line("the feed", lambda *_: None), Line("the broker", lambda *_: None)
        connected = connections(document, trader.terms.bot, feed, feed_line, broker_line)
        return build_node(trader, connected, settings, Hooks(), Lockstep(), ended=lambda: None)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(build(folder)).node.dispose()
