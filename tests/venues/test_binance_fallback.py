"""Binance takes bars' followers and refuses orders' followers for long: entries are blocked, or made on paper."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.venues.agreement import drive_until
from tests.venues.binance import BinanceDouble
from tests.venues.bots import VenueBot, drive
from tests.venues.test_binance_bots import live
from tests.venues.test_binance_faults import (
    MORE_BARS,
    agree,
    broken,
    double_of,
    drive_until_held,
    drive_until_traded,
)

pytestmark = pytest.mark.slow

BARS = 20
ON_PAPER = {"max_restarts": 1, "fallback_to_paper": True}


def buys(double: BinanceDouble) -> int:
    return sum(order.side == "BUY" for order in double.orders)


def wait_until_away(bot: VenueBot) -> None:
    bot.wait_for("the broker's absence", lambda _: "the broker is away for too long" in bot.printed())


def paper_trades(bot: VenueBot) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(bot.journal.with_name("0003.fallback.sqlite"))) as database:
        return database.execute("SELECT exit_reason FROM trades").fetchall()


def test_while_the_broker_is_away_for_long_there_are_no_entries_and_afterwards_there_are(tmp_path: Path) -> None:
    with double_of(BARS) as double:
        document = live(double, tmp_path, broker={"max_restarts": 1})
        with VenueBot(document, tmp_path, live=True) as bot:
            bot.wait_for("its history", lambda status: status["ready"])
            with broken(double, "user data stream"):
                wait_until_away(bot)
                drive(double, bot, BARS)
                assert buys(double) == 0
            bot.wait_for("the broker", lambda status: status["broker_status"]["connected"])
            drive_until_traded(double, bot)
            agree(double, bot)
        assert bot.printed().count("entries are blocked until it is back") == 1


def test_entries_go_to_paper_and_are_closed_there_while_a_real_position_stays(tmp_path: Path) -> None:
    with double_of(BARS) as double:
        document = live(double, tmp_path, broker=ON_PAPER, max_positions=2)
        with VenueBot(document, tmp_path, live=True) as bot:
            drive_until_held(double, bot)
            bought = buys(double)
            with broken(double, "user data stream"):
                wait_until_away(bot)
                drive_until(
                    bot, lambda status: status["fallback"]["position"], lambda: drive(double, bot, 1), MORE_BARS
                )
                assert buys(double) == bought
                assert "tradingbot_fallback{" in bot.get("/metrics")[1]
                assert "ON PAPER  new entries" in bot.command("status")
            status = bot.wait_for("the end of it", lambda status: status["fallback"] is None)
            assert status["mode"] == "live"
            agree(double, bot)
        assert paper_trades(bot)[-1] == ("fallback_over",)
        assert "ON PAPER, the broker is away: bought" in bot.printed()


def test_what_a_killed_process_held_on_paper_is_closed_by_the_next(tmp_path: Path) -> None:
    with double_of(BARS) as double:
        document = live(double, tmp_path, broker=ON_PAPER)
        with VenueBot(document, tmp_path, live=True) as bot:
            bot.wait_for("its history", lambda status: status["ready"])
            with broken(double, "user data stream"):
                wait_until_away(bot)
                drive_until(
                    bot, lambda status: status["fallback"]["position"], lambda: drive(double, bot, 1), MORE_BARS
                )
                bot.kill()
        with VenueBot(document, tmp_path, live=True) as bot:
            bot.wait_for("it to be closed", lambda _: ("fallback_over",) in paper_trades(bot))
            drive_until_traded(double, bot)
            agree(double, bot)
