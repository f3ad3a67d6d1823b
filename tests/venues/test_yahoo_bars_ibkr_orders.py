"""The shipped document with Yahoo's bars and Interactive Brokers' orders, on both doubles at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.yahoo.hours import ExchangeDays
from strategies.bar import Bar
from tests.venues.agreement import AtVenue, agree, journalled_fills
from tests.venues.bots import VenueBot, backtest_trades, settled_at, shipped, wait_until_settled
from tests.venues.ibkr_trading import executed
from tests.venues.test_binance_bots import decided
from tests.venues.tws.double import TwsDouble
from tests.venues.tws.instruments import stock
from tests.venues.yahoo.clocks import HandClock
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.listing import DAY, Listing
from tests.venues.yahoo.staging import QUIET

pytestmark = [pytest.mark.slow, *QUIET]

# Two less than the rules must have seen: the first day may pass before the bot follows, and decides nothing.
PAST = 19
DAYS = 110
# Until then a day's bar is not told: the closing auction and corrections may still change it.
SETTLED = timedelta(minutes=17)
MOST_MESSAGES = 100
SPY = stock("SPY", 756733, "SPDR S&P 500", primary="ARCA")


class Market:
    """The fund's days at both venues, from tomorrow on, so that none of its bars is late by this machine's clock."""

    def __init__(self, tws: TwsDouble, yahoo: YahooDouble, clock: HandClock) -> None:
        self.tws, self.yahoo, self.clock = tws, yahoo, clock
        self._listing = yahoo.listings["SPY"]
        self._days = iter([each for each in self._listing.sessions if each[1] > clock.now()])
        self.bars: list[Bar] = []
        before = [each for each in self._listing.sessions if each[1] < clock.now()]
        for opens, closes in before[-PAST:]:
            self._note(opens, closes)

    def close_day(self) -> Bar:
        """Let the next day close: orders fill at its last price, and its bar is told."""
        opens, closes = next(self._days)
        bar = self._note(opens, closes)
        self.clock.set(closes + SETTLED)
        return bar

    def drive(self, bot: VenueBot, days: int) -> None:
        """Let so many days close, each once the bot has dealt with the one before."""
        for _ in range(days):
            settled_at(bot, self.close_day())

    def _note(self, opens: datetime, closes: datetime) -> Bar:
        bar = Bar(opens, *self._listing.bar(opens, closes - opens))
        self.bars.append(bar)
        self.tws.trade("SPY", round(bar.close, 2))
        return bar


@contextmanager
def both_venues(folder: Path) -> Iterator[Market]:
    start = datetime.now(UTC) + DAY
    clock = HandClock(folder / "clock", start)
    calendar, first = ExchangeDays("XNYS", start), (start - 2 * PAST * DAY).date()
    known = [calendar.on(first + count * DAY) for count in range(2 * PAST + 2 * DAYS)]
    listing = Listing("SPY", [(day.opens, day.closes) for day in known if day], exchange="PCX", level=400)
    with TwsDouble() as tws, YahooDouble(listing, now=clock.now) as yahoo:
        tws.list_instrument(SPY)
        yield Market(tws, yahoo, clock)


def document(market: Market, folder: Path) -> Path:
    return shipped(
        "0005",
        folder,
        broker={"endpoints": {"host": "127.0.0.1", "port": market.tws.port}},
        data={"endpoints": {"http": market.yahoo.http_url}, "lookback_bars": PAST, "retry_interval": 1},
        # The double's days are as wild as a year's weeks: so there are trades, and no stop is met within a day.
        strategy={"entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 60, "bb_dev": 0.2}}},
        trading={"price_step": 0.01, "size_step": 1},
        risk_management={"stop_loss_pct": 30},
    )


@contextmanager
def bot_on(path: Path, folder: Path) -> Iterator[VenueBot]:
    program = (str(Path(__file__).with_name("yahoo_ibkr_bot.py")), str(folder / "clock"))
    with VenueBot(path, folder, live=True, program=program) as bot:
        bot.wait_for("history", lambda status: status["data_feed_status"]["data_points"] >= PAST)
        yield bot


def test_orders_to_interactive_brokers_on_yahoos_days_are_those_of_the_backtest(tmp_path: Path) -> None:
    with both_venues(tmp_path) as market:
        path = document(market, tmp_path)
        with bot_on(path, tmp_path) as bot:
            market.drive(bot, DAYS)
            trades, status = bot.trades(), wait_until_settled(bot)
        tws = market.tws
        assert tws.complaints == []
        assert tws.position("SPY") == Decimal(str(status["position"]["quantity"]))
        assert len({order.ref for order in tws.orders}) == len(tws.orders)
        assert len([order for order in tws.orders if order.stands]) == len(status["position"]["lots"])
        assert tws.received("reqHistoricalData") == []
    expected = backtest_trades(path, market.bars, tmp_path / "backtest")
    assert len(expected) >= 30
    assert decided(trades) == decided(expected)


def test_orders_of_an_evening_are_held_until_the_morning_and_booked_once(tmp_path: Path) -> None:
    with both_venues(tmp_path) as market:
        tws, held = market.tws, 0
        with bot_on(document(market, tmp_path), tmp_path) as bot:
            market.drive(bot, 1)
            for _ in range(10):
                tws.close_market()
                closed = f"{market.close_day().time:%Y-%m-%dT%H:%M:%SZ}"
                bot.wait_for("the day", partial(has_seen, closed))
                held += is_held_back(tws, bot)
                tws.open_market()
                agree(bot, lambda: at_venue(tws), MOST_MESSAGES)
        assert held >= 6
        assert tws.complaints == []
        assert journalled_fills(bot) == executed(tws)


def has_seen(closed: str, status: dict[str, Any]) -> bool:
    return (status["data_feed_status"]["last_bar"] or "") >= closed


def is_held_back(tws: TwsDouble, bot: VenueBot) -> bool:
    """Say whether the bot wants to trade on this day, once its order is at the venue."""

    def arrived(status: dict[str, Any]) -> bool:
        leaving = any(lot["exit_reason"] and lot["stop_order"] for lot in status["position"]["lots"])
        return not leaving and {order.ref for order in tws.orders if order.stands} >= wanted(status)

    return bool(wanted(bot.wait_for("the order that is held back", arrived)))


def wanted(status: dict[str, Any]) -> set[str]:
    """Return the orders that are on their way, stops apart."""
    return {each for each in status["broker_status"]["open_orders"] if "-T" not in each}


def at_venue(tws: TwsDouble) -> AtVenue:
    resting = [order.ref for order in tws.orders if order.stands and order.action == "SELL"]
    sent = len(tws.received("placeOrder")) + len(tws.received("cancelOrder"))
    return AtVenue(tws.position("SPY"), tuple(order.ref for order in tws.orders), tuple(resting), sent)
