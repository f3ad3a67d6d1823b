"""A bot of a shipped document on Yahoo's wire, by a clock faster than time: it trades as its backtest does."""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from strategies.bar import Bar
from tests.venues.bots import VenueBot, backtest_trades, shipped
from tests.venues.test_binance_bots import PAST, decided
from tests.venues.yahoo.clocks import FastClock
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.listing import Listing, sessions

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
# A minute passes in a fifth of a second: what a bot does on a bar takes less.
SPEED = 300.0
TRADES = 63
# Its entries come in spells, between which nothing is held: after the first such pause live and backtest are in step,
# whatever was late while the bot connected.
RULES = {
    "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 45, "bb_dev": 0.1}},
    "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 1}},
}
PAUSE = timedelta(minutes=15)


def in_step(trades: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the trades after the first pause, without the numbers of their lots."""
    found = decided(trades)
    for number, (before, after) in enumerate(pairwise(trades), start=1):
        if datetime.fromisoformat(after["entry_bar"]) - datetime.fromisoformat(before["exit_bar"]) >= PAUSE:
            return [each[1:] for each in found[number:]]
    raise AssertionError("there was no pause")


def test_yahoos_bars_and_paper_money_bring_the_trades_of_the_backtest(tmp_path: Path) -> None:
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)
    first, last = (start - timedelta(days=12)).date(), (start + timedelta(days=4)).date()
    days = sessions("UTC", first, last, "00:00-24:00", weekdays=range(7))
    listing = Listing("BTC-USD", days, exchange="CCC", zone="UTC", kind="CRYPTOCURRENCY")
    origin = time.time()
    with YahooDouble(listing, now=FastClock(start, SPEED, origin).now) as double:
        path = shipped(
            "0006",
            tmp_path,
            data={"interval": "1m", "lookback_bars": PAST, "endpoints": {"http": double.http_url}},
            trading={"symbol": "BTC-USD", "price_step": 0.01, "size_step": 0.0001},
            strategy=RULES,
            risk_management={"max_daily_trades": None},
        )
        program = (str(Path(__file__).with_name("yahoo_bot.py")), start.isoformat(), str(SPEED), str(origin))
        with VenueBot(path, tmp_path, program=program) as bot:
            # In steps, as none of them may take longer than a minute.
            bot.wait_for("the first trades", lambda status: status["trades"] >= TRADES // 3)
            bot.wait_for("as many again", lambda status: status["trades"] >= TRADES * 2 // 3)
            bot.wait_for("all trades", lambda status: status["trades"] >= TRADES)
            trades = [trade for trade in bot.trades() if trade["exit_bar"]][:TRADES]
            began = datetime.fromisoformat(json.loads(bot.get("/equity?limit=10000")[1])[0]["time"])
            bot.stop()
    opened, bars = began - PAST * MINUTE, []
    while opened <= datetime.fromisoformat(trades[-1]["exit_bar"]):
        bars.append(Bar(opened, *listing.bar(opened, MINUTE)))
        opened += MINUTE
    expected = [trade for trade in backtest_trades(path, bars, tmp_path / "backtest") if trade["exit_bar"]]
    live = in_step(trades)
    assert len(live) >= 30
    assert live == in_step(expected)
