"""Twenty bots behind one address: together they stay within what the exchange allows."""

import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.venues.binance import BinanceDouble
from tests.venues.bots import VenueBot, shipped
from tests.venues.test_binance_bots import PAST, at, coming

pytestmark = pytest.mark.slow

BOTS = 20
# Of one address in a minute.
WEIGHT = 6000


def test_twenty_bots_that_start_at_once_and_reconnect_at_once_stay_within_the_weight_of_one_address(
    tmp_path: Path,
) -> None:
    bars = coming(PAST + 20, timedelta(hours=1))
    with BinanceDouble(bars, past=PAST, interval="1h") as double, ExitStack() as running:
        double.limit_weight(WEIGHT)
        bots = []
        for number in range(BOTS):
            folder = tmp_path / str(number)
            folder.mkdir()
            path = shipped("0002", folder, data=at(double) | {"lookback_bars": 1000})
            bots.append(running.enter_context(VenueBot(path, folder, "--name", f"bot{number}")))
        double.wait_until(lambda: double.followers == BOTS, 120, "the streams of all")
        double.push()
        double.refuse_connections("streams")
        double.drop_streams()
        double.wait_until(lambda: not double.followers, 30, "no stream at all")
        double.push(2)
        double.accept_connections()
        double.wait_until(lambda: double.followers == BOTS, 60, "the streams of all again")
        double.push()
        for bot in bots:
            assert bot.process.poll() is None
        assert double.refused_for_weight == 0
        assert double.highest_weight < WEIGHT // 2
        # Time, symbol and history at the start, then the gap: nothing is asked for over and over.
        assert len(double.requests) <= BOTS * 8


def test_a_bot_that_is_told_to_be_silent_asks_nothing_more(tmp_path: Path) -> None:
    bars = coming(PAST + 20, timedelta(hours=1))
    # Time and symbol fit into it, the history does not.
    with BinanceDouble(bars, past=PAST, interval="1h") as double:
        double.limit_weight(22)
        path = shipped("0002", tmp_path, data=at(double) | {"retry_interval": 0.05})
        with VenueBot(path, tmp_path) as bot:
            double.wait_until(lambda: double.refused_for_weight, 30, "a refusal")
            bot.wait_for("the outage", lambda status: any("Too much request" in each for each in status["reasons"]))
            asked = len(double.requests)
            began = time.monotonic()
            # Twenty times the pause of the document.
            double.wait_until(lambda: time.monotonic() - began > 1)
            assert len(double.requests) == asked
            assert bot.status()["alive"]
        assert double.refused_for_weight == 1
