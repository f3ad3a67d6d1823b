"""Two bots on one account and symbol would sell each other's position: the later one refuses to trade."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.venues.binance import BinanceDouble
from tests.venues.bots import VenueBot, drive
from tests.venues.test_binance_bots import coming, live
from tests.venues.test_binance_faults import drive_until_held, drive_until_traded

pytestmark = pytest.mark.slow

PAST, BARS = 42, 6


@pytest.fixture
def double() -> BinanceDouble:
    return BinanceDouble(coming(PAST + 400, timedelta(hours=4), PAST), past=PAST, symbol="ETHUSDT", interval="4h")


def named(name: str, double: BinanceDouble, folder: Path) -> Path:
    """Return the document of a live bot of that name."""
    return live(double, folder).rename(folder / f"{name}.json")


def test_a_second_bot_on_the_same_machine_ends_and_says_why(double: BinanceDouble, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    with double, VenueBot(named("first", double, tmp_path), tmp_path, live=True) as first:
        drive(double, first, BARS)
        before = len(double.orders)
        with VenueBot(named("second", double, folder), folder, live=True) as second:
            assert second.process.wait(60) == 1
            assert "bot first (process " in second.printed()
            assert "trades ETHUSDT on this account already" in second.printed()
        assert len(double.orders) == before


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of another machine: it shares no lock with this one."""
    folder = tmp_path / "elsewhere"
    (folder / "tmp").mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    return folder


def test_a_bot_waits_while_orders_of_a_bot_on_another_machine_rest_or_were_just_done(
    double: BinanceDouble, tmp_path: Path, elsewhere: Path
) -> None:
    with double:
        with VenueBot(named("first", double, tmp_path), tmp_path, live=True) as first:
            drive(double, first, BARS)
            assert first.status()["position"]["lots"], "it holds nothing, so that this tells nothing"
            first.kill()
        before = len(double.orders)
        with VenueBot(named("second", double, elsewhere), elsewhere, live=True) as second:
            status = second.wait_for("word of the other bot", lambda status: "another bot" in str(status["reasons"]))
            assert (status["alive"], status["ready"]) == (True, False)
            double.push(2)
            assert len(double.orders) == before
            assert second.printed().count("another bot") == 1


def test_a_bot_with_a_position_goes_on_watching_it_though_another_bot_trades_there_and_enters_no_more(
    double: BinanceDouble, tmp_path: Path
) -> None:
    with double:
        document = named("first", double, tmp_path)
        with VenueBot(document, tmp_path, live=True) as bot:
            drive_until_held(double, bot)
            bot.kill()
        entries = [order for order in double.orders if order.side == "BUY"]
        double.place_by_hand("BUY", "0.1", "laptop-2601050000-B1-1")
        with VenueBot(document, tmp_path, live=True) as bot:
            status = bot.wait_for("the halt", lambda status: status["ready"] and status["halt"])
            assert "laptop-2601050000-B1-1" in status["halt"]["detail"]
            drive_until_traded(double, bot)
            drive(double, bot, BARS)
            assert bot.status()["position"]["lots"] == []
        assert len([order for order in double.orders if order.side == "BUY"]) == len(entries) + 1
