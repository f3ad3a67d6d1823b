"""From the frame of a closed bar to the arrival of the order's request: the bot beside a bare client, on one double.

The bot writes its intent into its journal, onto the disk, before it sends; the bare client writes nothing. Both take
turns in one run.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles

from tests.venues.bots import API_KEY, API_SECRET, VenueBot, settled_at, shipped
from tests.venues.spot.double import SpotDouble
from tests.venues.spot.matching import Symbol
from tests.venues.test_binance_bots import PAST, STEPS, UNLIMITED, coming

ROUNDS, REACTIONS = 3, 120
# What the first orders cost (imports, connections) is not what is measured.
WARM_UP = 20
_IN_PEACE_SECONDS = 0.05
AIM_MEDIAN, AIM_WORST = 3.0, 5.0


def main() -> int:
    """Print the table; 1 if the aim is missed."""
    bare: list[float] = []
    bot: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            bare += _bare()
            bot += _bot(Path(folder) / str(number))
    print(f"\nFrom a closed bar's frame to the order's arrival, ms ({len(bare)} and {len(bot)} orders, taking turns)\n")
    print("                 median     p99")
    for name, found in (("bare client", bare), ("tradingbot", bot)):
        print(f"  {name:<12} {median(found):8.2f} {_p99(found):8.2f}")
    ratio, worst = median(bot) / median(bare), _p99(bot) / _p99(bare)
    print(f"\n  tradingbot takes {ratio:.2f} times as long at the median (aim {AIM_MEDIAN:g}), {worst:.2f} at p99 "
          f"(aim {AIM_WORST:g}); its intent is on the disk in between")  # fmt: skip
    return 0 if ratio <= AIM_MEDIAN and worst <= AIM_WORST else 1


def _p99(found: list[float]) -> float:
    return quantiles(found, n=100)[98]


@contextmanager
def _double() -> Iterator[SpotDouble]:
    bars = coming(PAST + 1200, timedelta(minutes=1))
    symbol = Symbol("ETHUSDT", "ETH", "USDT")
    with SpotDouble(bars, past=PAST, interval="1m", symbol=symbol, cash=Decimal(1_000_000)) as double:
        # Otherwise less could be sold than was bought.
        double.account.fee_coin = "BNB"
        double.account.free["BNB"] = Decimal(1_000_000)
        yield double


def _reacted(double: SpotDouble) -> bool:
    return double.sent("POST")[-1].arrived > double.closed_at


def _bare() -> list[float]:
    with _double() as double:
        at = double.endpoints
        command = [sys.executable, "-m", "tests.bench.bare_client", at["http"], at["ws"], API_KEY, API_SECRET]
        process = subprocess.Popen(command)
        try:
            double.wait_until("stream", lambda: double.listeners()[0])
            found = []
            for _ in range(REACTIONS + WARM_UP):
                double.push()
                time.sleep(_IN_PEACE_SECONDS)
                double.wait_until("order", lambda: double.sent("POST")[-1:] and _reacted(double))
                found.append((double.sent("POST")[-1].arrived - double.closed_at) * 1000)
        finally:
            process.kill()
            process.wait()
    return found[WARM_UP:]


def _bot(folder: Path) -> list[float]:
    folder.mkdir()
    with _double() as double:
        rules = {
            "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 100, "bb_dev": 0.01}},
            "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 1}},
        }
        path = shipped(
            "0003", folder, broker={"endpoints": double.endpoints},
            data={"endpoints": double.endpoints, "interval": "1m"}, strategy=rules,
            trading=STEPS | {"symbol": "ETHUSDT", "max_positions": 1},
            risk_management=UNLIMITED | {"stop_on_exchange": False},
        )  # fmt: skip
        with VenueBot(path, folder, live=True) as bot:
            bot.wait_for("history", lambda status: status["ready"])
            double.wait_until("stream", lambda: double.listeners()[0])
            found: list[float] = []
            while len(found) < REACTIONS + WARM_UP:
                known = len(double.sent("POST"))
                bar = double.push()
                # Asked for its status at once the bot would answer that first.
                time.sleep(_IN_PEACE_SECONDS)
                settled_at(bot, bar)
                if len(sent := double.sent("POST")) > known:
                    found.append((sent[-1].arrived - double.closed_at) * 1000)
                time.sleep(_IN_PEACE_SECONDS)
    return found[WARM_UP:]


if __name__ == "__main__":
    sys.exit(main())
