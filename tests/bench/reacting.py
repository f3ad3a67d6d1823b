"""Crowds that react to closed bars with orders, each member on a double of its own: bare clients, or bots."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest.mock import patch

from strategies.bar import Bar
from tests.venues.binance import API_KEY, API_SECRET, BinanceDouble, Fees
from tests.venues.bots import VenueBot, settled_at, shipped
from tests.venues.test_binance_bots import PAST, STEPS, UNLIMITED, coming

_BARS = 1200
_IN_PEACE_SECONDS = 0.05
_BARS_PER_SECOND = 20
_RULES = {
    "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 100, "bb_dev": 0.01}},
    "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 1}},
}


class Crowd:
    """So many doubles, and on each a member that reacts."""

    def __init__(self, size: int) -> None:
        self._running = ExitStack()
        # Commissions in another coin: otherwise less could be sold than was bought.
        fees, balances = Fees(bnb_price=Decimal(600)), {"USDT": 1_000_000, "BNB": 1_000_000}
        bars = coming(PAST + _BARS, timedelta(minutes=1))
        self.doubles = [
            self._running.enter_context(BinanceDouble(bars, past=PAST, symbol="ETHUSDT", fees=fees, balances=balances))
            for _ in range(size)
        ]

    def __enter__(self) -> Self:
        """Start the members, and wait until all follow their market."""
        try:
            self.start(self._running)
            for double in self.doubles:
                double.wait_until(partial(_followed, double), 120, "a follower")
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all."""
        self._running.close()

    def start(self, running: ExitStack) -> None:
        """Start the members."""
        raise NotImplementedError

    def settle(self, bar: Bar) -> None:
        """Wait until all have dealt with a bar."""
        raise NotImplementedError

    def close_bar(self) -> list[float]:
        """Let the next bar close for all, and return the milliseconds that those took who have sent an order.

        It closes a moment after all that was told of it before: whoever reacts has nothing else to do.
        """
        left = self.doubles[0].left
        if not left:
            raise RuntimeError("all bars are played, and the orders are still too few")
        bar = self.doubles[0].bars[-left]
        known = [len(orders_at(double)) for double in self.doubles]
        playing = [double.play(_BARS_PER_SECOND, count=1) for double in self.doubles]
        for each in playing:
            each.wait()
        # Asked for its status at once, a bot would answer that first.
        time.sleep(_IN_PEACE_SECONDS * (1 + len(self.doubles) / 5))
        self.settle(bar)
        return [
            (orders[had] - double.sent[-1].sent_ns) / 1e6
            for double, had in zip(self.doubles, known, strict=True)
            if len(orders := orders_at(double)) > had
        ]


class _BareClients(Crowd):
    def start(self, running: ExitStack) -> None:
        for double in self.doubles:
            addresses = [double.http_url, double.ws_url, API_KEY, API_SECRET]
            process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare_client", *addresses])
            running.callback(process.wait)
            running.callback(process.kill)

    def settle(self, bar: Bar) -> None:
        for double in self.doubles:
            double.wait_until(partial(_reacted, double), 30, "an order")


class _Bots(Crowd):
    def __init__(self, size: int, folder: Path) -> None:
        super().__init__(size)
        self._folder, self._bots = folder, list[VenueBot]()

    def start(self, running: ExitStack) -> None:
        for number, double in enumerate(self.doubles):
            folder = self._folder / f"bot{number}"
            # Each as on a machine of its own: on one, no two trade the same symbol of the same account.
            (folder / "tmp").mkdir(parents=True)
            path = shipped(
                "0003", folder, broker={"endpoints": double.endpoints},
                data={"endpoints": double.endpoints, "interval": "1m"}, strategy=_RULES,
                trading=STEPS | {"symbol": "ETHUSDT", "max_positions": 1},
                risk_management=UNLIMITED | {"stop_on_exchange": False},
            )  # fmt: skip
            with patch.dict(os.environ, {"TMPDIR": str(folder / "tmp")}):
                self._bots.append(running.enter_context(VenueBot(path, folder, live=True)))
        for bot in self._bots:
            bot.wait_for("history", lambda status: status["ready"])

    def settle(self, bar: Bar) -> None:
        for bot in self._bots:
            settled_at(bot, bar)


def bare_clients(size: int, folder: Path) -> Crowd:
    """Return bare clients; they keep nothing in a folder."""
    del folder
    return _BareClients(size)


def bots(size: int, folder: Path) -> Crowd:
    """Return bots that work in a folder."""
    return _Bots(size, folder)


def orders_at(double: BinanceDouble) -> list[int]:
    """Return when the orders arrived."""
    return [each.received_ns for each in double.requested("POST", "/api/v3/order")]


def _reacted(double: BinanceDouble) -> bool:
    return orders_at(double)[-1:] > [double.sent[-1].sent_ns]


def _followed(double: BinanceDouble) -> bool:
    return double.followers > 0
