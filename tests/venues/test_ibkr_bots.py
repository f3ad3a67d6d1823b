"""Bots of the shipped documents on Interactive Brokers' wire: they trade as their backtest does."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from strategies.bar import Bar
from tests.venues.bots import VenueBot, backtest_trades, settled_at, shipped, wait_until_settled
from tests.venues.test_binance_bots import OFTEN, PAST, UNLIMITED, coming, decided
from tests.venues.tws.double import TwsDouble

pytestmark = pytest.mark.slow

BARS = 400
STEPS = {"price_step": 0.01, "size_step": 1}


def trade_all(double: TwsDouble, bot: VenueBot, symbol: str, bars: list[Bar]) -> None:
    """Let the bars close, each once the bot has dealt with the one before; the last one goes on forming."""
    double.show(symbol, "1 hour", begun(bars[PAST]))
    bot.wait_for("history", lambda status: status["data_feed_status"]["warm"] or status["ready"])
    for bar, following in zip(bars[PAST:], bars[PAST + 1 :], strict=False):
        double.show(symbol, "1 hour", bar)
        double.show(symbol, "1 hour", begun(following))
        settled_at(bot, bar)


def begun(bar: Bar) -> Bar:
    """Return a bar at the moment of its opening."""
    return Bar(bar.time, bar.open, bar.open, bar.open, bar.open, 0.0)


def cheap(bar: Bar) -> Bar:
    """Return a bar at the prices of a currency."""
    opens, high, low, close = (round(value / 100, 5) for value in bar[1:5])
    return Bar(bar.time, opens, high, low, close, bar.volume)


def at(double: TwsDouble) -> dict[str, Any]:
    return {"endpoints": {"host": "127.0.0.1", "port": double.port}}


def test_orders_to_interactive_brokers_are_those_of_the_backtest(tmp_path: Path) -> None:
    bars = coming(BARS, timedelta(hours=1))
    with TwsDouble() as double:
        double.past("AAPL", "1 hour", bars[:PAST])
        path = shipped(
            "0004",
            tmp_path,
            broker=at(double),
            data={**at(double), "retry_interval": 1},
            strategy=OFTEN,
            trading=STEPS,
            risk_management=UNLIMITED,
        )
        with VenueBot(path, tmp_path, live=True) as bot:
            trade_all(double, bot, "AAPL", bars)
            trades, status = bot.trades(), wait_until_settled(bot)
        assert double.complaints == []
        assert double.position("AAPL") == Decimal(str(status["position"]["quantity"]))
        assert len({order.ref for order in double.orders}) == len(double.orders)
        resting = [order for order in double.orders if order.stands]
        assert len(resting) == len(status["position"]["lots"])
    expected = backtest_trades(path, bars[:-1], tmp_path / "backtest")
    assert len(expected) >= 30
    assert decided(trades) == decided(expected)


def test_paper_money_on_its_bars_of_the_euro_brings_the_trades_of_the_backtest(tmp_path: Path) -> None:
    bars = [cheap(bar) for bar in coming(BARS, timedelta(hours=1))]
    with TwsDouble() as double:
        double.past("EUR.USD", "1 hour", bars[:PAST])
        rules = {
            "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 60, "bb_dev": 0.2}},
            "exit_logic": OFTEN["exit_logic"],
        }
        path = shipped("0009", tmp_path, data={**at(double), "retry_interval": 1}, strategy=rules,
                       trading={"price_step": 0.00005, "size_step": 0.01})  # fmt: skip
        with VenueBot(path, tmp_path) as bot:
            trade_all(double, bot, "EUR.USD", bars)
            trades = bot.trades()
        assert double.orders == []
    expected = backtest_trades(path, bars[:-1], tmp_path / "backtest")
    assert len(expected) >= 30
    assert decided(trades) == decided(expected)
