"""Orders that Binance has and does not execute, and a person who wants none of them there."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.venues.agreement import drive_until
from tests.venues.binance import BinanceDouble
from tests.venues.bots import VenueBot, drive
from tests.venues.test_binance_bots import live
from tests.venues.test_binance_faults import BARS, agree, double_of, drive_until_held, until_a_stop_rests

pytestmark = pytest.mark.slow

NEVER_SECONDS = 600.0
HALT = ("--mode", "cancel-orders", "--reason", "maintenance")


def of(double: BinanceDouble, side: str) -> list[Any]:
    return [order for order in double.orders if order.side == side and order.type == "MARKET"]


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_an_order_that_stands_half_executed_is_taken_back_and_what_an_exit_has_left_is_sold(
    side: str, tmp_path: Path
) -> None:
    with double_of(BARS) as double:
        document = live(double, tmp_path, order_timeout=5, stop_on_exchange=False)
        with VenueBot(document, tmp_path, live=True) as bot:
            if side == "SELL":
                drive_until_held(double, bot)
            double.misbehave.fill_in_parts("0.4", "0.6", seconds=NEVER_SECONDS)
            drive_until(bot, lambda _: of(double, side), lambda: drive(double, bot, 1), BARS)
            stands = of(double, side)[0]
            double.wait_until(lambda: stands.status == "CANCELED", 30, "that it is taken back")
            assert bot.printed().count("is not executed in time") == 1
            if side == "SELL":
                bot.wait_for("the rest's sale", lambda status: status["trades"] == 1)
            status = agree(double, bot)
        assert len(of(double, "BUY")) == 1
        if side == "SELL":
            assert [order.status for order in of(double, "SELL")] == ["CANCELED", "FILLED"]
        else:
            assert 0 < Decimal(str(status["position"]["quantity"])) < stands.quantity / 2


def test_a_person_may_have_every_order_taken_back_and_the_bot_watches_the_stop_itself(tmp_path: Path) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        stop = until_a_stop_rests(double, bot)
        assert "is halted (cancel-orders)" in bot.command("halt", *HALT)
        double.wait_until(lambda: not double.open_orders(), 5, "that the stop is taken back")
        assert bot.status()["position"]["lots"]
        # Its own stop is gone: only a watching bot sells now.
        double.slide(stop.stop_price - Decimal("0.01"))
        bot.wait_for("the sale", lambda status: status["trades"] == 1)
        assert bot.trades()[0]["exit_reason"] == "risk_stop_loss"
        agree(double, bot)
        assert [order.status for order in of(double, "SELL")] == ["FILLED"]


def test_a_stop_rests_again_once_the_bot_is_resumed(tmp_path: Path) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        stop = until_a_stop_rests(double, bot)
        bot.command("halt", *HALT)
        double.wait_until(lambda: not double.open_orders(), 5, "that the stop is taken back")
        bot.command("resume")
        double.wait_until(double.open_orders, 10, "another stop")
        assert [order.stop_price for order in double.open_orders()] == [stop.stop_price]
        agree(double, bot)
