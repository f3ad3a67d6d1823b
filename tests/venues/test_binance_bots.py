"""Bots of the shipped documents on Binance's wire: they trade as their backtest does."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from strategies.bar import Bar
from tests.made_bars import made_bars
from tests.venues.binance import API_KEY, API_SECRET, BinanceDouble, Fees
from tests.venues.bots import VenueBot, backtest_trades, drive, shipped

pytestmark = pytest.mark.slow

PAST = 21
BARS = 500
# What the double's exchange says of its symbol, for the backtest, which cannot ask it.
STEPS = {"price_step": 0.01, "size_step": 0.00001, "min_notional": 5}
# Made bars are calmer than the markets that the documents were written for.
OFTEN = {
    "entry_logic": {
        "name": "RSIBBVolumeEntryMixin",
        "params": {"rsi_oversold": 60, "bb_dev": 0.2, "min_volume_ratio": 0.1},
    },
    "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 3}},
}
# A bot has made its first question by then, also on a busy machine.
_TO_START_SECONDS = 20.0
UNLIMITED = {"max_daily_trades": None, "max_daily_loss": None}


def coming(count: int, length: timedelta, past: int = PAST) -> list[Bar]:
    """Return made bars of which the first `past` have closed by now, and the others are to come.

    Just before the next bar it waits for that: to a bot that starts on the other side, one more would have closed.
    """
    seconds = length.total_seconds()
    left = seconds - datetime.now(UTC).timestamp() % seconds
    if left < min(_TO_START_SECONDS, seconds / 20):
        time.sleep(left)
    first = datetime.fromtimestamp(datetime.now(UTC).timestamp() // seconds * seconds, UTC) - past * length
    return [bar._replace(time=first + number * length) for number, bar in enumerate(made_bars(count))]


def decided(trades: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what the rules decided, without the quantities that a real account makes of it."""
    keys = ("lot", "entry_bar", "entry_price", "exit_bar", "exit_price", "exit_reason")
    return [tuple(trade[key] for key in keys) for trade in trades]


def at(double: BinanceDouble) -> dict[str, Any]:
    return {"endpoints": double.endpoints, "retry_interval": 1}


def test_paper_trades_at_binances_prices_are_those_of_the_backtest(tmp_path: Path) -> None:
    bars = coming(BARS, timedelta(hours=1))
    with BinanceDouble(bars, past=PAST, interval="1h") as double:
        path = shipped("0002", tmp_path, data=at(double), strategy=OFTEN, trading=STEPS, risk_management=UNLIMITED)
        with VenueBot(path, tmp_path) as bot:
            drive(double, bot, BARS - PAST - 1)
            trades = bot.trades()
        assert double.requested("POST", "/api/v3/order") == []
    expected = backtest_trades(path, bars[:-1], tmp_path / "backtest")
    assert len(expected) >= 30
    assert trades == expected


def live(
    double: BinanceDouble,
    folder: Path,
    order_timeout: float = 60,
    max_positions: int = 1,
    broker: Mapping[str, Any] | None = None,
    by_name: bool = False,
    **risk: Any,
) -> Path:
    # Months pass within seconds here, and the stops that are taken back count as orders that were not filled.
    double.limit_orders(1000)
    endpoints = {
        key: address.replace("127.0.0.1", "localhost") if by_name else address
        for key, address in double.endpoints.items()
    }
    return shipped(
        "0003",
        folder,
        broker={"endpoints": endpoints, **(broker or {})},
        data=at(double) | {"endpoints": endpoints},
        strategy=OFTEN,
        trading=STEPS | {"symbol": "ETHUSDT", "max_positions": max_positions, "order_timeout": order_timeout},
        risk_management=UNLIMITED | risk,
    )


def test_live_trades_on_binance_are_those_of_the_backtest_and_the_account_has_what_the_journal_says(
    tmp_path: Path,
) -> None:
    bars = coming(BARS, timedelta(hours=4))
    # Commissions in another coin leave quantities as they are: every digit can be compared.
    fees, balances = Fees(bnb_price=Decimal(600)), {"USDT": 10_000, "BNB": 10}
    with BinanceDouble(bars, past=PAST, interval="4h", symbol="ETHUSDT", fees=fees, balances=balances) as double:
        path = live(double, tmp_path)
        with VenueBot(path, tmp_path, live=True) as bot:
            drive(double, bot, BARS - PAST - 1)
            trades, status = bot.trades(), bot.status()
        expected = backtest_trades(path, bars[:-1], tmp_path / "backtest")
        assert len(expected) >= 30
        assert trades == expected
        assert double.position() == Decimal(str(status["position"]["quantity"]))
        assert {trade.commission_asset for trade in double.trades} == {"BNB"}
        assert double.doubled == []
        # Every position had a stop at the exchange, and none of them is left without its position.
        stops = [order for order in double.orders if order.type == "STOP_LOSS_LIMIT"]
        assert len(stops) == len(expected)
        assert len(double.open_orders()) == len(status["position"]["lots"])


def test_what_is_bought_pays_its_commission_in_the_coin_and_the_journal_follows_to_the_last_digit(
    tmp_path: Path,
) -> None:
    bars = coming(BARS, timedelta(hours=4))
    with BinanceDouble(bars, past=PAST, interval="4h", symbol="ETHUSDT") as double:
        path = live(double, tmp_path)
        with VenueBot(path, tmp_path, live=True) as bot:
            drive(double, bot, BARS - PAST - 1)
            trades, status = bot.trades(), bot.status()
            code, _, _ = bot.stop()
        base, (free, locked) = double.position(), double.balances["USDT"]
    expected = backtest_trades(path, bars[:-1], tmp_path / "backtest")
    assert code == 0
    assert decided(trades) == decided(expected)
    assert all(mine["quantity"] <= theirs["quantity"] for mine, theirs in zip(trades, expected, strict=True))
    held = Decimal(str(status["position"]["quantity"])) + Decimal(str(status["position"]["dust"]))
    assert base == held
    cash = free + locked - Decimal(10_000) + Decimal(1000)
    assert abs(cash - Decimal(str(status["broker_status"]["cash"]))) < Decimal("0.000001")


def test_keys_are_in_nothing_that_a_bot_writes(tmp_path: Path) -> None:
    bars = coming(60, timedelta(hours=4))
    with BinanceDouble(bars, past=PAST, interval="4h", symbol="ETHUSDT") as double:
        path = live(double, tmp_path)
        with VenueBot(path, tmp_path, "--debug", live=True) as bot:
            drive(double, bot, 10)
            double.key.revoked = True
            double.drop_user_data()
            bot.wait_for("the outage", lambda status: any("refuses" in reason for reason in status["reasons"]))
            pages = [bot.get(page)[1] for page in ("/status", "/metrics", "/trades", "/readyz")]
            bot.stop()
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    for secret in (API_KEY, API_SECRET):
        assert not any(secret.encode() in text for text in written)
        assert not any(secret in page for page in pages)
    assert "the broker is lost" in bot.printed()


def test_a_live_bot_does_not_start_unless_the_environment_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = coming(PAST + 5, timedelta(hours=4))
    with BinanceDouble(bars, past=PAST, interval="4h", symbol="ETHUSDT") as double:
        path = live(double, tmp_path)
        for word in ("", "no"):
            monkeypatch.setenv("TRADINGBOT_ALLOW_LIVE", word)
            with VenueBot(path, tmp_path) as bot:
                bot.process.wait(30)
            assert bot.process.returncode == 1
        assert double.requests == []
    assert (tmp_path / "output.log").read_text().count("TRADINGBOT_ALLOW_LIVE=yes") == 2
    assert json.loads(path.read_text())["broker"]["type"] == "binance"
