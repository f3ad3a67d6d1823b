"""A bot with real orders at a double of Binance beside the cluster, whose market goes on whatever befalls the pod."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.e2e.bots import Bot
from tests.e2e.kube import Manifest
from tests.e2e.waiting import wait_for
from tests.venues import agreement
from tests.venues.binance import BinanceDouble
from tests.venues.bots import KEYS
from tests.venues.test_binance_bots import coming, live
from tests.venues.test_binance_faults import at_venue

PAST = 42
# An hour of them.
BARS = 7200
BARS_PER_SECOND = 2.0
ACCOUNT, BUDGET = Decimal(10_000), Decimal(1000)
# A bar costs an entry, a stop, its taking back and an exit at the most; a start, its questions.
MESSAGES_PER_BAR, MESSAGES_PER_START = 8, 60


def double_for_pods(address: str) -> BinanceDouble:
    """Return a double that listens where pods reach it."""
    bars = coming(PAST + BARS, timedelta(hours=4), PAST)
    return BinanceDouble(bars, past=PAST, interval="4h", symbol="ETHUSDT", host=address)


class LiveBot:
    """A TradingBot that trades every few bars at the double, with two positions at most and a stop under each."""

    def __init__(self, bot: Bot, double: BinanceDouble) -> None:
        self.bot, self.double, self.pod = bot, double, bot.pod

    def start(self, folder: Path) -> None:
        """Apply it with its keys, and let the market go on until it has a position; `folder` is the test's own."""
        keys = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "exchange"}, "stringData": KEYS}
        self.bot.kube.create("secrets", keys, self.bot.namespace)
        self.bot.apply(self._document(folder), secretRef={"name": "exchange"})
        self.bot.pod.wait_ready()
        with self.market():
            self.wait_held()

    @contextmanager
    def market(self) -> Iterator[None]:
        """Let bars close, in whatever state the bot is."""
        ended = threading.Event()
        errors: list[BaseException] = []

        def go_on() -> None:
            try:
                while not ended.is_set():
                    self.double.play(BARS_PER_SECOND, count=1).wait()
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=go_on, name="market", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        assert not errors, f"the market stood still: {errors}"
        assert self.double.left, "the market came to its end"

    def let_bars_close(self, count: int) -> None:
        """Wait until the market has closed so many."""
        left = self.double.left - count
        wait_for(f"{count} bars", lambda: self.double.left, lambda seen: seen <= left)

    def wait_for(self, what: str, condition: Callable[[Manifest], object]) -> Manifest:
        """Wait until what the bot says at /status satisfies a condition, and return it."""
        return self.bot.wait_told(what, condition)

    def wait_held(self) -> Manifest:
        """Wait until it has a position whose stop rests at the exchange, and nothing else on its way."""
        return self.wait_for("a position with its stop", protected)

    def wait_ready(self) -> Manifest:
        """Wait until it says that it is ready, which Kubernetes hears a little later."""
        return self.wait_for("readiness", lambda told: told["ready"])

    def wait_trading(self, trades: int = 2) -> None:
        """Wait until it is ready and closes further trades."""
        begun = self.wait_ready()["trades"]
        self.wait_for("further trades", lambda told: told["trades"] >= begun + trades)

    def assert_nothing_lost_or_doubled(self, starts: int = 1) -> Manifest:
        """Hold the double against the journal: position, stops, executions, orders and cash; return the status.

        Bars must not close meanwhile. `starts` is how often the bot began, which costs questions.
        """
        double, bot = self.double, self.bot
        most = MESSAGES_PER_START * starts + MESSAGES_PER_BAR * (BARS - double.left)
        status = agreement.agree(self, lambda: at_venue(double), most)
        assert double.doubled == []
        assert bot.doubled_orders() == []

        fills = bot.journal("SELECT trade_id, quantity, price FROM fills")
        booked = {row["trade_id"]: (Decimal(row["quantity"]), Decimal(row["price"])) for row in fills}
        assert booked == {str(trade.trade_id): (trade.quantity, trade.price) for trade in double.trades}
        sent = {row["client_order_id"] for row in bot.journal("SELECT client_order_id FROM orders")}
        assert {order.client_order_id for order in double.orders} <= sent, "an order that the journal does not know"

        free, locked = double.balances["USDT"]
        (kept,) = bot.journal("SELECT cash FROM state")
        assert Decimal(kept["cash"]) == free + locked - ACCOUNT + BUDGET
        return status

    def figures(self) -> dict[str, Any]:
        """Return what was done, for the record."""
        double = self.double
        return {
            "bars": BARS - double.left,
            "orders": len(double.orders),
            "executions": len(double.trades),
            "requests": len(double.requests),
            "trades": self.bot.told()["trades"],
            "stops filled": sum(o.type == "STOP_LOSS_LIMIT" and o.status == "FILLED" for o in double.orders),
        }

    def _document(self, folder: Path) -> dict[str, Any]:
        # So near that the exchange sells some positions while the bot is away.
        written = live(self.double, folder, max_positions=2, stop_loss_pct=0.2)
        document: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
        del document["notifications"]
        # Thousands of trades cost more in fees than a month's limit on losses allows.
        del document["trading"]["max_drawdown_pct"]
        return document


def protected(told: Manifest) -> bool:
    """Say whether a bot has positions, every one of them with its stop."""
    lots = told["position"]["lots"]
    return bool(lots) and all(lot["stop_order"] for lot in lots)
