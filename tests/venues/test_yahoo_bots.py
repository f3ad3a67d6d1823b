"""A bot of a shipped document on Yahoo's wire, by a clock faster than time: it trades as its backtest does."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from strategies.bar import Bar
from tests.venues.bots import VenueBot, backtest_trades, shipped
from tests.venues.test_binance_bots import OFTEN, PAST, decided
from tests.venues.yahoo.clocks import SlowStart
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.listing import Listing, sessions

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
# A bot connects within these seconds; none of them closes a bar.
LEAD = 14.0
# A minute passes in a fifth of a second then: what a bot does on a bar takes less.
SPEED = 300.0
TRADES = 31


def test_yahoos_bars_and_paper_money_bring_the_trades_of_the_backtest(tmp_path: Path) -> None:
    minute = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)
    start = minute + timedelta(seconds=45)
    first, last = (minute - timedelta(days=12)).date(), (minute + timedelta(days=4)).date()
    days = sessions("UTC", first, last, "00:00-24:00", weekdays=range(7))
    listing = Listing("BTC-USD", days, exchange="CCC", zone="UTC", kind="CRYPTOCURRENCY")
    origin = time.time()
    with YahooDouble(listing, now=SlowStart(start, LEAD, SPEED, origin).now) as double:
        path = shipped(
            "0006",
            tmp_path,
            data={"interval": "1m", "lookback_bars": PAST, "endpoints": {"http": double.http_url}},
            trading={"symbol": "BTC-USD", "price_step": 0.01, "size_step": 0.0001},
            strategy=OFTEN,
            risk_management={"max_daily_trades": None},
        )
        at = [start.isoformat(), str(LEAD), str(SPEED), str(origin)]
        with VenueBot(path, tmp_path, program=(str(Path(__file__).with_name("yahoo_bot.py")), *at)) as bot:
            bot.wait_for("history", lambda status: status["data_feed_status"]["warm"] or status["ready"])
            assert time.time() < origin + LEAD, "the machine is too slow for this test: let LEAD be longer"
            bot.wait_for("trades", lambda status: status["trades"] >= TRADES)
            trades = [trade for trade in bot.trades() if trade["exit_bar"]][:TRADES]
            bot.stop()
    opened, bars = minute - PAST * MINUTE, []
    while opened <= datetime.fromisoformat(trades[-1]["exit_bar"]):
        bars.append(Bar(opened, *listing.bar(opened, MINUTE)))
        opened += MINUTE
    expected = [trade for trade in backtest_trades(path, bars, tmp_path / "backtest") if trade["exit_bar"]]
    assert len(expected) >= 30
    assert decided(trades) == decided(expected)
